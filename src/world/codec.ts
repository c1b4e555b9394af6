import type { HostArray, HostTensor } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { unitValues } from '../pixels.ts';
import type { WorldManifest } from './manifest.ts';
import type { Runner } from './runner.ts';
import type { Frame } from './types.ts';

/**
 * A picture to its latent [h, w, C], by `encoder.onnx`.
 *
 * @throws UserError when the picture has not the size of the world's
 */
export async function encodeFrame(
  { frame }: WorldManifest,
  encoder: Runner,
  { width, height, rgb }: Frame,
): Promise<Float32Array> {
  if (width !== frame.width || height !== frame.height) {
    throw new UserError(
      `a frame is ${width}×${height}, the world's are ${frame.width}×${frame.height}`,
      `ingest the footage with --size ${frame.width}x${frame.height}`,
    );
  }
  const latents = await runFor(encoder, 'frames', 'latents', [1, height, width, 3], unitValues(rgb));
  if (latents instanceof Float32Array) return latents;
  throw new Error('encoder.onnx does not give float32 latents');
}

/** A latent [h, w, C] to its picture, by `decoder.onnx`. */
export async function decodeLatent(
  { frame, latent: size }: WorldManifest,
  decoder: Runner,
  latent: Float32Array,
): Promise<Frame> {
  const shape = [1, size.height, size.width, size.channels];
  const rgb = await runFor(decoder, 'latents', 'frames', shape, latent);
  if (rgb instanceof Uint8Array) return { width: frame.width, height: frame.height, rgb };
  throw new Error('decoder.onnx does not give uint8 frames');
}

/** What is shown of a frame, by `reprojection.onnx`. */
export async function reproject(
  { frame: { width, height }, latent: size, actions }: WorldManifest,
  reprojection: Runner,
  now: {
    /** What `decoder.onnx` gives of the frame. */
    readonly decoded: Frame;
    /** What was shown of the frame before. */
    readonly shown: Frame;
    /** That one's context latent, [h, w, C]. */
    readonly previous: Float32Array;
    /** The normalised action that led from it. */
    readonly action: Float32Array;
  },
): Promise<Frame> {
  const picture = ({ rgb }: Frame): HostTensor => ({ shape: [1, height, width, 3], data: unitValues(rgb) });
  const outputs = await reprojection.run(
    new Map([
      ['decoded', picture(now.decoded)],
      ['shown', picture(now.shown)],
      ['previous', { shape: [1, 1, size.height, size.width, size.channels], data: now.previous }],
      ['action', { shape: [1, 1, actions.names.length], data: now.action }],
    ]),
  );
  const rgb = outputs.get('frames')?.data;
  if (rgb instanceof Uint8Array) return { width, height, rgb };
  throw new Error('reprojection.onnx does not give uint8 frames');
}

async function runFor(
  program: Runner,
  input: string,
  output: string,
  shape: number[],
  data: Float32Array,
): Promise<HostArray> {
  const result = (await program.run(new Map([[input, { shape, data }]]))).get(output);
  if (!result) throw new Error(`the graph has no output ${output}`);
  return result.data;
}
