import { readFile } from 'node:fs/promises';
import { type HostArray, type HostTensor, Program } from '../../engine/index.ts';
import { UserError } from '../../errors.ts';
import type { Frame } from '../../world/types.ts';

/** Frames in one input of a video network. */
export const CLIP_FRAMES = 16;

/** Activations of one layer, [channels, positions]. */
export interface FeatureMap {
  readonly channels: number;
  readonly values: Float32Array;
}

/** What a network says of a picture or of a clip. */
export interface Features {
  readonly maps: readonly FeatureMap[];
  readonly vector: Float32Array;
}

/**
 * A feature network of the user's, as ONNX. Nothing is known of it but its input's name:
 *
 * - `frames`, float32 [1, 3, height, width]: an image network
 * - `clip`, float32 [1, 3, 16, height, width]: a video network
 *
 * Pixels are RGB in 0 … 1 at the world's frame size; resizing and normalising belong inside the network. Outputs of
 * rank 4, [1, channels, h, w], are the feature maps of the LPIPS-style distance. An output of rank 2, [1, features],
 * is the vector of the Fréchet distance; without one it is the mean over the positions of the last feature map.
 */
export interface FeatureNetwork {
  readonly kind: 'image' | 'video';
  /**
   * @param frames one for an image network, `CLIP_FRAMES` for a video network
   * @throws UserError when the network's outputs are not as above
   */
  features(frames: readonly Frame[]): Promise<Features>;
  close(): Promise<void>;
}

/**
 * Opens a feature network.
 *
 * @throws UserError when the file is missing, is not ONNX, or its input is neither `frames` nor `clip`
 */
export async function openFeatureNetwork(file: string): Promise<FeatureNetwork> {
  const bytes = await readFile(file).catch(() => {
    throw new UserError(`the feature network ${file} cannot be read`, 'give the path of an ONNX file');
  });
  const program = await Program.load(bytes).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError(`${file} is no ONNX network that onnxruntime can load (${reason})`);
  });
  const [input, ...others] = program.inputNames;
  if (others.length > 0 || (input !== 'frames' && input !== 'clip')) {
    await program.release();
    throw new UserError(
      `the feature network ${file} takes ${program.inputNames.join(', ')}`,
      'it must have one input: frames [1, 3, height, width] or clip [1, 3, 16, height, width]',
    );
  }
  return {
    kind: input === 'frames' ? 'image' : 'video',
    async features(frames) {
      const outputs = await run(program, input, frames, file);
      return read(outputs, file);
    },
    close: () => program.release(),
  };
}

async function run(
  program: Program,
  input: 'frames' | 'clip',
  frames: readonly Frame[],
  file: string,
): Promise<HostTensor<HostArray>[]> {
  const { width, height } = frames[0]!;
  const pixels = width * height;
  const data = new Float32Array(3 * frames.length * pixels);
  for (const [t, { rgb }] of frames.entries()) {
    for (let i = 0; i < pixels; i++) {
      for (let c = 0; c < 3; c++) data[(c * frames.length + t) * pixels + i] = rgb[3 * i + c]! / 255;
    }
  }
  const shape = input === 'frames' ? [1, 3, height, width] : [1, 3, frames.length, height, width];
  try {
    return [...(await program.run(new Map([[input, { shape, data }]]))).values()];
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError(
      `the feature network ${file} fails on ${input} [${shape.join(', ')}] (${reason})`,
      'it has to resize its input itself',
    );
  }
}

function read(outputs: readonly HostTensor<HostArray>[], file: string): Features {
  const maps: FeatureMap[] = [];
  let vector: Float32Array | undefined;
  for (const { shape, data } of outputs) {
    if (!(data instanceof Float32Array)) continue;
    if (shape.length === 4) maps.push({ channels: shape[1]!, values: data });
    if (shape.length === 2) vector ??= data;
  }
  vector ??= maps.length === 0 ? undefined : positionMean(maps.at(-1)!);
  if (vector !== undefined) return { maps, vector };
  throw new UserError(
    `the feature network ${file} gives no float32 output of rank 2 or 4`,
    'name feature maps [1, channels, h, w] or a vector [1, features] as its outputs',
  );
}

function positionMean({ channels, values }: FeatureMap): Float32Array {
  const positions = values.length / channels;
  return Float32Array.from({ length: channels }, (_, c) => {
    const row = values.subarray(c * positions, (c + 1) * positions);
    return row.reduce((sum, value) => sum + value, 0) / positions;
  });
}
