import { nextTask } from './nextTask.ts';

/** One turn of a clock. */
export interface Beat {
  /** Counts the periods since the clock started, dropped ones included. */
  readonly number: number;
  /** Periods that went by unplayed since the beat before. */
  readonly dropped: number;
}

export interface Clock {
  /** Ends the clock and waits for the beat that is being played. */
  stop(): Promise<void>;
}

/** The rate at which worlds are shown. */
export const SHOWN_FPS = 30;

/** Milliseconds that one frame may take. */
export const FRAME_MS = 1000 / SHOWN_FPS;

/**
 * Calls `onBeat` once a period, never twice at a time. Deadlines are multiples of the period from the start,
 * so lateness does not add up. When a beat overruns, the newest deadline that has passed is played at once
 * and the older ones are dropped: a loop slightly over its budget loses single frames, not every second one.
 *
 * @param periodMs milliseconds between beats
 * @param onBeat the work; it must not reject
 */
export function startClock(periodMs: number, onBeat: (beat: Beat) => Promise<void>): Clock {
  const start = performance.now();
  let next = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = Promise.resolve();

  const turn = (): void => {
    if (stopped) return;
    const due = Math.max(next, Math.floor((performance.now() - start) / periodMs));
    const dropped = due - next;
    next = due + 1;
    running = onBeat({ number: due, dropped }).then(schedule);
  };
  const schedule = (): void => {
    if (stopped) return;
    const wait = start + next * periodMs - performance.now();
    if (wait > 0) timer = setTimeout(turn, Math.ceil(wait));
    else nextTask(turn);
  };

  schedule();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
