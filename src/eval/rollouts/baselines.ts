import { opticalFlow, warp } from '../motion/flow.ts';
import type { Start } from '../starts.ts';
import type { Driven, Sequence } from '../types.ts';

/** The last real frame, shown for ever. */
export function copyLastFrame({ context, truth }: Start): Sequence {
  const before = context.at(-1)!;
  return { before, frames: truth.map(() => before) };
}

/**
 * The last real frame, moved on along its own optical flow at constant speed: the motion of the last two real
 * frames, for ever. What a world must beat to have learned more than inertia.
 */
export async function extrapolateFlow({ context, truth }: Start): Promise<Sequence> {
  const before = context.at(-1)!;
  const earlier = context.at(-2);
  if (earlier === undefined) return { before, frames: truth.map(() => before) };
  // From now to a frame ago: a frame from now, a pixel shows what is there one step along this flow.
  const flow = await opticalFlow(before, earlier);
  return { before, frames: truth.map((_, t) => warp(before, flow, t + 1)) };
}

/** A sequence with the motion that was asked for while it was made. */
export function drivenBy(sequence: Sequence, commanded: Float64Array): Driven {
  return { ...sequence, commanded };
}
