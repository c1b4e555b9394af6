import type { PlayableWorld } from '../world/types.ts';
import { type Beat, FRAME_MS, startClock } from './clock.ts';
import type { FrameMessage } from './frameMessage.ts';
import type { PlayerMessage } from './messages.ts';
import { createPilot } from './pilot.ts';
import { fullQuality, nextQuality } from './quality.ts';
import type { PictureCoder } from './rawCoder.ts';

/** One person's run of a world at the fixed rate. */
export interface Player {
  receive(message: PlayerMessage): void;
  /** Ends the run and waits for the frame that is being imagined. */
  stop(): Promise<void>;
}

export interface PlayerOptions {
  readonly world: PlayableWorld;
  readonly seed: number;
  readonly coder: PictureCoder;
  /** Takes a frame when it is ready. */
  show(frame: FrameMessage): void;
  /** Whether the next frame will find its way; the world goes on unseen when not. */
  canShow(): boolean;
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
  const { world, seed, coder } = options;
  const { sampling, starts } = world.manifest;
  // Chosen here rather than by the world, so that a new start is never the one before.
  const startOf = (chance: number) => chance % starts.count;
  const session = world.newSession(seed, startOf(seed));
  const pilot = createPilot(world.manifest, seed);
  let quality = fullQuality(sampling.steps);
  let paused = false;
  let restarts = 0;
  let stale = true;
  let pendingReset: 'same' | 'next' | undefined;
  let unseenDrops = 0;
  /** What of the coming frame was done ahead: remembering the one before it. */
  let aheadMs = 0;

  const reset = (start: 'same' | 'next'): void => {
    if (start === 'next') restarts += 1;
    session.reset(seed + restarts, startOf(seed + restarts));
    pilot.rewind();
    stale = true;
  };

  const imagine = async (): Promise<FrameMessage | undefined> => {
    const action = stale ? new Float32Array(world.manifest.actions.names.length) : pilot.next();
    const { sequence, watching } = pilot;
    const began = performance.now();
    const frame = await (stale ? session.current() : session.step(action, quality.steps));
    stale = false;
    const visible = options.canShow();
    const picture = visible ? coder.encode(frame) : undefined;
    const modelMs = aheadMs + performance.now() - began;
    const { steps } = quality;
    if (session.frameIndex > 0) quality = nextQuality(quality, modelMs, FRAME_MS, sampling.steps);
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
    if (pendingReset) reset(pendingReset);
    pendingReset = undefined;
    if (paused && !stale) return;
    unseenDrops += dropped;
    try {
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
      else pendingReset = message.start;
    },
    stop: () => clock.stop(),
  };
}
