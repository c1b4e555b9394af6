import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** The parts of `world.json` that playing needs. */
export interface Facts {
  readonly frame: { readonly width: number; readonly height: number };
  readonly latent: { readonly width: number; readonly height: number; readonly channels: number };
  readonly actions: { readonly names: readonly string[]; readonly scale: readonly number[] };
  readonly sampling: {
    readonly steps: number;
    readonly contextLevel: number;
    readonly stillLevel: number;
    readonly stillShare: number;
    readonly keyframes: number;
  };
  readonly memory: Readonly<Record<'window' | 'layers' | 'heads' | 'headDim' | 'tokens', number>>;
}

interface Remembered {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** Where a camera is that drives on the ground, and its heading. */
interface GroundPose {
  readonly ahead: number;
  readonly aside: number;
  readonly heading: number;
}

/** Everything that the next frame follows from, but for noise. */
interface Moment {
  readonly pose: GroundPose;
  readonly memories: readonly Remembered[];
  readonly previous: readonly number[];
  readonly shown: readonly number[];
  readonly picture: Uint8Array;
}

/**
 * Plays a world with plain onnxruntime, from nothing but what `src/world/manifest.ts` says of the files: no code
 * is shared with the runtime. The cache is a list, not a ring, and poses are those of a camera that only drives ahead
 * and turns, as worlds of `forward` and `yaw` do.
 *
 * @param noise standard normal numbers, in the order in which they are wanted
 * @returns the frames after each action
 */
export async function playPlainly(
  folder: string,
  start: number,
  actions: readonly (readonly number[])[],
  noise: () => number,
): Promise<Uint8Array[]> {
  const facts = JSON.parse(await readFile(join(folder, 'world.json'), 'utf8')) as Facts;
  const { latent, memory, sampling } = facts;
  const dynamics = await InferenceSession.create(join(folder, 'dynamics.onnx'));
  const decoder = await InferenceSession.create(join(folder, 'decoder.onnx'));
  const blending = join(folder, 'reprojection.onnx');
  const reprojection = existsSync(blending) ? await InferenceSession.create(blending) : undefined;
  const size = latent.height * latent.width * latent.channels;
  const shape = [latent.height, latent.width, latent.channels];
  const zeros = new Array<number>(size).fill(0);
  const rest = facts.actions.names.map(() => 0);
  const context = await InferenceSession.create(join(folder, 'context.onnx'));
  const rows = memory.layers * memory.tokens * memory.heads;

  let previous: readonly number[] = zeros;
  let shown: readonly number[] = zeros;
  let memories: readonly Remembered[] = [];
  const bytes = await readFile(join(folder, 'starts.bin'));
  const first = Array.from({ length: size }, (_, index) => bytes.readFloatLE((start * size + index) * 4));
  await remember(first, rest);
  const origin: GroundPose = { ahead: 0, aside: 0, heading: 0 };
  let present: Moment = { pose: origin, memories, previous, shown, picture: await decode(first) };
  const [speed = 1, turn = 1] = facts.actions.scale;
  const apart = (one: GroundPose, other: GroundPose): number =>
    Math.hypot(
      (one.ahead - other.ahead) / speed,
      (one.aside - other.aside) / speed,
      wrapped(one.heading - other.heading) / turn,
    );
  let keyframes: readonly Moment[] = sampling.keyframes > 0 ? [present] : [];

  const frames: Uint8Array[] = [];
  for (const asked of actions) {
    const pose = driven(present.pose, asked[0]! * speed, asked[1]! * turn);
    let from = present;
    for (const keyframe of keyframes)
      if (apart(keyframe.pose, pose) < apart(from.pose, pose) - 1e-6) from = keyframe;
    const action = from === present ? asked : between(from.pose, pose, speed, turn);
    ({ memories, previous, shown } = from);
    let x = Array.from({ length: size }, noise);
    let clean: readonly number[] = [];
    for (let step = 0; step < sampling.steps; step += 1) {
      const [level, next] = [step / sampling.steps, (step + 1) / sampling.steps];
      const outputs = await dynamics.run(inputs(x, level, action));
      clean = [...floats(outputs.prediction)];
      // On the straight line from the noise at level 0 to the clean latent at level 1.
      x = x.map((value, index) => value + ((next - level) / (1 - level)) * (clean[index]! - value));
    }
    const share = inMotion(action) + (1 - inMotion(action)) * sampling.stillShare;
    clean = clean.map((value, index) => share * value + (1 - share) * shown[index]!);
    let picture = await decode(clean);
    if (reprojection) {
      const sides = [1, facts.frame.height, facts.frame.width, 3];
      const unit = (bytes: Uint8Array): Tensor =>
        new Tensor(
          'float32',
          Float32Array.from(bytes, (byte) => byte / 255),
          sides,
        );
      const blended = await reprojection.run({
        decoded: unit(picture),
        shown: unit(from === present ? from.picture : await decode(from.shown)),
        previous: new Tensor('float32', Float32Array.from(previous), [1, 1, ...shape]),
        action: new Tensor('float32', Float32Array.from(action), [1, 1, action.length]),
      });
      picture = bytesOf(blended.frames);
    }
    frames.push(picture);
    await remember(clean, action);
    present = { pose, memories, previous, shown, picture };
    if (sampling.keyframes > 0 && keyframes.every((keyframe) => apart(keyframe.pose, pose) >= 0.25))
      keyframes = [...keyframes, present].slice(-sampling.keyframes);
  }
  await dynamics.release();
  await context.release();
  await decoder.release();
  await reprojection?.release();
  return frames;

  async function decode(clean: readonly number[]): Promise<Uint8Array> {
    const { frames: decoded } = await decoder.run({
      latents: new Tensor('float32', Float32Array.from(clean), [1, ...shape]),
    });
    return bytesOf(decoded);
  }

  /** What both graphs want to know of the frame that comes next, and of those before it. */
  function inputs(x: readonly number[], level: number, action: readonly number[]): Record<string, Tensor> {
    const kept = memories.slice(-memory.window);
    const ages = Array.from({ length: memory.window }, (_, slot) =>
      slot < kept.length ? kept.length - slot : memory.window + 1,
    );
    const cache = [memory.layers, 1, memory.tokens, memory.heads, memory.window, memory.headDim];
    const stored = (part: 'keys' | 'values'): Tensor => {
      const data = new Float32Array(rows * memory.window * memory.headDim);
      for (const [slot, entry] of kept.entries()) {
        for (let row = 0; row < rows; row += 1) {
          const vector = entry[part].subarray(row * memory.headDim, (row + 1) * memory.headDim);
          data.set(vector, (row * memory.window + slot) * memory.headDim);
        }
      }
      return new Tensor('float32', data, cache);
    };
    const tensor = (data: readonly number[], shape: readonly number[]): Tensor =>
      new Tensor('float32', Float32Array.from(data), shape);
    return {
      latent: tensor(x, [1, 1, ...shape]),
      level: tensor([level], [1, 1]),
      previous: tensor(previous, [1, 1, ...shape]),
      action: tensor(action, [1, 1, rest.length]),
      keys: stored('keys'),
      values: stored('values'),
      ages: tensor(ages, [memory.window]),
    };
  }

  /** A frame is known: it becomes context and goes into the cache. */
  async function remember(clean: readonly number[], action: readonly number[]): Promise<void> {
    const { contextLevel, stillLevel } = sampling;
    const share = inMotion(action);
    const level = share * contextLevel + (1 - share) * stillLevel;
    const noisy = clean.map((value) => level * value + (1 - level) * noise());
    const outputs = await context.run(inputs(noisy, level, action));
    memories = [...memories, { keys: floats(outputs.newKeys), values: floats(outputs.newValues) }];
    previous = noisy;
    shown = clean;
  }
}

/** A step along the heading that is half-way between before and after. */
function driven(pose: GroundPose, distance: number, turn: number): GroundPose {
  const direction = pose.heading + turn / 2;
  return {
    ahead: pose.ahead + distance * Math.cos(direction),
    aside: pose.aside + distance * Math.sin(direction),
    heading: pose.heading + turn,
  };
}

/** The action from one pose to another; a sidestep, which it cannot make, is left out. */
function between(from: GroundPose, to: GroundPose, speed: number, turn: number): number[] {
  const turned = wrapped(to.heading - from.heading);
  const direction = from.heading + turned / 2;
  const distance =
    (to.ahead - from.ahead) * Math.cos(direction) + (to.aside - from.aside) * Math.sin(direction);
  return [distance / speed, turned / turn];
}

/** The same angle between −π and π. */
function wrapped(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

function inMotion(action: readonly number[]): number {
  return Math.min(1, 4 * Math.max(...action.map(Math.abs)));
}

function bytesOf(tensor: Tensor | undefined): Uint8Array {
  if (tensor?.data instanceof Uint8Array) return Uint8Array.from(tensor.data);
  throw new Error('a uint8 tensor was expected');
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return Float32Array.from(tensor.data);
  throw new Error('a float32 tensor was expected');
}
