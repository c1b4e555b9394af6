import { randomBytes } from 'node:crypto';
import type { SleepingRun } from './player.ts';

/** Runs of people whose line broke, kept for a while under a secret that only they know. */
export interface Sleepers {
  newTicket(): string;
  put(ticket: string, run: SleepingRun): void;
  /** The run of a ticket, which is then no longer kept. */
  take(ticket: string): SleepingRun | undefined;
}

/**
 * @param most runs that are kept; the oldest make room
 * @param keepMs how long each is kept
 */
export function createSleepers(most: number, keepMs: number): Sleepers {
  const runs = new Map<string, { readonly run: SleepingRun; readonly until: number }>();
  const forget = (now: number): void => {
    for (const [ticket, { until }] of runs) if (until < now || runs.size > most) runs.delete(ticket);
  };
  return {
    newTicket: () => randomBytes(16).toString('base64url'),
    put: (ticket, run) => {
      const now = performance.now();
      runs.set(ticket, { run, until: now + keepMs });
      forget(now);
    },
    take: (ticket) => {
      forget(performance.now());
      const kept = runs.get(ticket)?.run;
      runs.delete(ticket);
      return kept;
    },
  };
}
