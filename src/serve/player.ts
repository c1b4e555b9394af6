import type { Frame, PlayableWorld, SessionSnapshot } from '../world/types.ts';
import { type Beat, FRAME_MS, startClock } from './clock.ts';
import type { FrameMessage } from './frameMessage.ts';
import type { PlayerMessage } from './messages.ts';
import { pictureHash } from './pictureHash.ts';
import { createPilot } from './pilot.ts';
import { fullQuality, nextQuality, stepRange } from './quality.ts';
import type { PictureCoder } from './rawCoder.ts';
import { newRecording, type Recording, recordFrame, recordMark, rewind, takeOf } from './recorder.ts';
import type { Take } from './take.ts';

/** A run that has been put away, to be gone on with by another player. */
export interface SleepingRun {
  readonly world: PlayableWorld;
  readonly moment: SessionSnapshot;
  readonly recording: Recording;
}

/** One person's run of a world at the fixed rate. */
export interface Player {
  receive(message: PlayerMessage): void;
  /** Ends the run and waits for the frame that is being imagined. */
  stop(): Promise<void>;
  /** What a stopped run goes on from. */
  putAway(): Promise<SleepingRun>;
}

export interface PlayerOptions {
  readonly world: PlayableWorld;
  readonly seed: number;
  readonly coder: PictureCoder;
  /** As `Hello.runtime`, for what is saved. */
  readonly runtime: string;
  /** Goes on where another player stopped. */
  readonly run?: SleepingRun | undefined;
  /** Takes a frame when it is ready. */
  show(frame: FrameMessage): void;
  /** Whether the next frame will find its way; the world goes on unseen when not. */
  canShow(): boolean;
  /** Takes the run so far, which the player wants to keep; nothing when it is too long for that. */
  keep(take: Take | undefined): void;
  /** Called once when the world could not imagine a frame; the run has ended. */
  failed(error: unknown): void;
}

/**
 * Starts to play: imagines a frame every beat and gives it away.
 *
 * The same seed and the same messages between the same frames give the same pictures as long as the machine
 * keeps up with the full number of denoising steps.
 */
export function startPlayer(options: PlayerOptions): Player {
  const { world, coder } = options;
  const { starts } = world.manifest;
  const range = stepRange(world.manifest);
  // Chosen here rather than by the world, so that a new start is never the one before.
  const originOf = (seed: number) => ({ seed, start: seed % starts.count });
  let recording = options.run?.recording ?? newRecording(originOf(options.seed));
  const session = world.newSession(recording.origin.seed, recording.origin.start);
  if (options.run) session.load(options.run.moment);
  const pilot = createPilot(world.manifest, recording.origin.seed);
  let quality = fullQuality(range.most);
  let paused = false;
  let stale = true;
  /** What was asked for and waits for the next beat, since it changes the session. */
  let pending: (() => void | Promise<void>)[] = [];
  let unseenDrops = 0;
  /** What of the coming frame was done ahead: remembering the one before it. */
  let aheadMs = 0;
  let last: Frame | undefined;

  const reset = (start: 'same' | 'next'): void => {
    const { seed } = recording.origin;
    recording = newRecording(start === 'same' ? recording.origin : originOf(seed + 1));
    session.reset(recording.origin.seed, recording.origin.start);
    pilot.rewind();
    stale = true;
  };

  const goBack = async (frame: number): Promise<void> => {
    await rewind(recording, session, frame);
    stale = true;
  };

  const keep = (): void => {
    if (last) options.keep(takeOf(recording, session, world, options.runtime, pictureHash(last)));
  };

  const ask = (work: () => void | Promise<void>): void => {
    pending = [...pending, work].slice(-MOST_PENDING);
  };

  const imagine = async (): Promise<FrameMessage | undefined> => {
    const action = stale ? new Float32Array(world.manifest.actions.names.length) : pilot.next();
    const { sequence, watching } = pilot;
    const { steps } = quality;
    const began = performance.now();
    const frame = await (stale ? session.current() : session.step(action, steps));
    last = frame;
    const visible = options.canShow();
    const picture = visible ? coder.encode(frame) : undefined;
    const modelMs = aheadMs + performance.now() - began;
    if (!stale) {
      await recordFrame(recording, session, action, steps);
      quality = nextQuality(quality, modelMs, FRAME_MS, range);
    }
    stale = false;
    if (picture === undefined) return undefined;
    const { width, height } = frame;
    const { coding } = coder;
    const index = session.frameIndex;
    const dropped = unseenDrops;
    unseenDrops = 0;
    return {
      coding,
      watching,
      steps,
      index,
      sequence,
      modelMs,
      width,
      height,
      dropped,
      action,
      picture,
    };
  };

  const onBeat = async ({ dropped }: Beat): Promise<void> => {
    try {
      const asked = pending;
      pending = [];
      for (const work of asked) await work();
      if (paused && !stale) return;
      unseenDrops += dropped;
      const frame = await imagine();
      if (frame) options.show(frame);
      const shown = performance.now();
      await session.settled();
      aheadMs = performance.now() - shown;
    } catch (error) {
      void clock.stop();
      options.failed(error);
    }
  };

  const clock = startClock(FRAME_MS, onBeat);
  return {
    receive: (message) => {
      if (message.type === 'input') pilot.hold(message.sequence, message.held);
      else if (message.type === 'watch') pilot.watch(message.on);
      else if (message.type === 'pause') paused = message.on;
      else if (message.type === 'reset') ask(() => reset(message.start));
      else if (message.type === 'rewind') ask(() => goBack(message.frame));
      else if (message.type === 'keep') ask(keep);
      else {
        const { kind, note, frame } = message;
        recordMark(recording, Math.min(frame, session.frameIndex), { kind, note });
      }
    },
    stop: () => clock.stop(),
    putAway: async () => ({ world, moment: await session.save(), recording }),
  };
}

const MOST_PENDING = 4;
