import os from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Long enough for clocks that tick every 10 ms. */
const WATCH_MS = 200;
/** Cores' worth of other work that makes waiting threads a nuisance. */
const TOLERATED = 0.5;

let found: Promise<boolean> | undefined;

/**
 * Whether other processes use the cores too, watched for a moment at the first call. Threads that spin while they
 * wait then take from others, and are themselves taken off their core in the middle of a product that all the others
 * wait for.
 */
export function hasCompany(): Promise<boolean> {
  found ??= watch();
  return found;
}

async function watch(): Promise<boolean> {
  const [start, busy, own] = [performance.now(), busyMilliseconds(), process.cpuUsage()];
  await setTimeout(WATCH_MS);
  const { user, system } = process.cpuUsage(own);
  const others = busyMilliseconds() - busy - (user + system) / 1000;
  return others / (performance.now() - start) > TOLERATED;
}

/** What all cores together have worked since the machine started. */
function busyMilliseconds(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
