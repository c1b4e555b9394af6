import type { PlayableWorld, Session, SessionSnapshot } from '../world/types.ts';
import { SHOWN_FPS } from './clock.ts';
import { shownWorlds } from './pair.ts';
import { MOMENT_EVERY, MOST_FRAMES, MOST_MOMENTS } from './reach.ts';
import { type Mark, playedAs, type Take } from './take.ts';

/** Where a run began. */
export interface Origin {
  readonly seed: number;
  readonly start: number;
}

/** Everything that a run was made of, so that it can be saved, repeated and gone back in. */
export interface Recording {
  readonly origin: Origin;
  readonly actions: number[][];
  readonly steps: number[];
  readonly marks: (Mark & { frame: number })[];
  /** Moments to go back to, oldest first. */
  readonly moments: SessionSnapshot[];
}

const MOST_MARKS = 500;

/** Begins a recording at a start state. */
export function newRecording(origin: Origin): Recording {
  return { origin, actions: [], steps: [], marks: [], moments: [] };
}

/** Notes a frame that was imagined, and now and then the moment after it; beyond twenty minutes it is full. */
export async function recordFrame(
  recording: Recording,
  session: Session,
  action: ArrayLike<number>,
  steps: number,
): Promise<void> {
  if (recording.actions.length >= MOST_FRAMES) return;
  recording.actions.push(Array.from(action));
  recording.steps.push(steps);
  if (session.frameIndex % MOMENT_EVERY !== 1) return;
  recording.moments.push(await session.save());
  if (recording.moments.length > MOST_MOMENTS) recording.moments.shift();
}

/** Keeps a remark about a frame. */
export function recordMark(recording: Recording, frame: number, mark: Mark): void {
  if (recording.marks.length < MOST_MARKS) recording.marks.push({ ...mark, frame });
}

/**
 * Goes back in time: to the nearest moment before, and from there by the same actions. What came later is
 * forgotten, so that another way can be taken from here.
 *
 * @param frame index to go back to; as far as the moments reach, and nowhere when it is still to come
 */
export async function rewind(recording: Recording, session: Session, frame: number): Promise<void> {
  const { moments, actions, steps, marks } = recording;
  if (actions.length < session.frameIndex || frame >= session.frameIndex) return;
  const moment = moments.findLast(({ frameIndex }) => frameIndex <= frame) ?? moments[0];
  if (!moment) return;
  const target = Math.max(frame, moment.frameIndex);
  session.load(moment);
  for (let index = moment.frameIndex; index < target; index += 1) {
    await session.step(actions[index]!, steps[index]!);
  }
  await session.settled();
  actions.length = target;
  steps.length = target;
  marks.splice(0, marks.length, ...marks.filter((mark) => mark.frame <= target));
  moments.splice(0, moments.length, ...moments.filter(({ frameIndex }) => frameIndex <= target));
}

/**
 * The recording so far, as it is saved.
 *
 * @param last hash of the present picture
 * @returns nothing when the run has grown too long to be repeated from its start
 */
export function takeOf(
  { origin, actions, steps, marks }: Recording,
  session: Session,
  world: PlayableWorld,
  runtime: string,
  last: string,
): Take | undefined {
  if (actions.length < session.frameIndex) return undefined;
  return {
    format: 'reverie-take',
    version: 3,
    worlds: shownWorlds(world, origin.seed).map(playedAs),
    runtime,
    ...origin,
    fps: SHOWN_FPS,
    actions: [...actions],
    steps: [...steps],
    marks: [...marks],
    last,
  };
}
