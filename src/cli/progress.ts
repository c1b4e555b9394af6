import { type Options, SingleBar } from 'cli-progress';

/** One stage of work with a known length. */
export interface Progress {
  /** Sets how much is done, with an optional remark such as the current loss. */
  update(done: number, note?: string): void;
  /** Ends the stage; the last remark stays on the line. */
  stop(note?: string): void;
}

const LOG_EVERY_MS = 10_000;

/**
 * Shows how far a stage is and when it will end: a bar on a terminal, else a line every ten seconds.
 *
 * @param label what is being done, as in `train dynamics`
 * @param total the amount of work, in the unit that `update` counts
 * @param unit the name of that unit, as in `steps`
 */
export function startProgress(label: string, total: number, unit: string): Progress {
  return process.stderr.isTTY ? bar(label, total, unit) : lines(label, total, unit);
}

function bar(label: string, total: number, unit: string): Progress {
  const options: Options = {
    format: `${label} [{bar}] {percentage}% · {value}/{total} ${unit} · ETA {eta_formatted} · {note}`,
    barsize: 24,
    etaBuffer: 50,
    hideCursor: true,
    stream: process.stderr,
    stopOnComplete: false,
  };
  const single = new SingleBar(options);
  single.start(total, 0, { note: '' });
  return {
    update: (done, note) => single.update(done, note === undefined ? {} : { note }),
    stop: (note) => {
      if (note !== undefined) single.update({ note });
      single.stop();
    },
  };
}

function lines(label: string, total: number, unit: string): Progress {
  let printed = Date.now();
  let last = 0;
  // Work that was taken up again starts beyond zero: the speed counts from the first update.
  let first: { readonly done: number; readonly time: number } | undefined;
  const print = (done: number, note?: string): void => {
    const elapsed = first ? (Date.now() - first.time) / 1000 : 0;
    const eta = first && done > first.done ? (elapsed * (total - done)) / (done - first.done) : undefined;
    const parts = [`${label} ${done}/${total} ${unit}`];
    if (done < total && eta !== undefined) parts.push(`ETA ${formatDuration(eta)}`);
    if (note) parts.push(note);
    process.stderr.write(`${parts.join(' · ')}\n`);
  };
  return {
    update: (done, note) => {
      last = done;
      first ??= { done, time: Date.now() };
      if (Date.now() - printed < LOG_EVERY_MS) return;
      printed = Date.now();
      print(done, note);
    },
    stop: (note) => print(last, note),
  };
}

/** Writes seconds as people say them: `45s`, `3m 20s`, `1h 02m`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.round(seconds % 60)).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** Writes how many of something there are: `1 episode`, `2 episodes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
