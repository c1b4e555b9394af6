import type * as tf from '@tensorflow/tfjs';
import { slice } from '../cuts.ts';
import type { FilledType } from '../graph.ts';
import { sizeOf } from '../graph.ts';
import { lower, NUMBERS, requireType, reshape, transpose } from './lowering.ts';

lower<tf.DepthToSpaceAttrs>('DepthToSpace', ({ builder, input, attributes }) => {
  const x = input('x');
  const { blockSize: block, dataFormat } = attributes;
  if (dataFormat === 'NCHW') {
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const shape = [batch, channels / block / block, height * block, width * block];
    return builder.add('DepthToSpace', [x], shape, x.type, { blocksize: block, mode: 'DCR' });
  }
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const depth = channels / block / block;
  const split = reshape(builder, x, [batch, height, width, block, block, depth]);
  const moved = transpose(builder, split, [0, 1, 3, 2, 4, 5]);
  return reshape(builder, moved, [batch, height * block, width * block, depth]);
});

// [N, (s b)…, rest] → [b…, N, s…, rest] → [N · ∏b, s…, rest], after padding.
lower<tf.SpaceToBatchNDAttrs>('SpaceToBatchND', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const { blockShape: blocks, paddings } = attributes;
  const [batch, ...sides] = x.shape as [number, ...number[]];
  const padded = sides.map((side, axis) => side + (paddings[axis] ?? []).reduce((sum, pad) => sum + pad, 0));
  const around = [0, 1].flatMap((end) => [0, ...sides.map((_, axis) => paddings[axis]?.[end] ?? 0)]);
  const zero = builder.scalar(0, x.type as FilledType);
  const wide = around.every((pad) => pad === 0)
    ? x
    : builder.add('Pad', [x, builder.integers(around), zero], [batch, ...padded], x.type);
  const split = padded.flatMap((side, axis) => {
    const block = blocks[axis];
    return block === undefined ? [side] : [side / block, block];
  });
  const blockAxes = blocks.map((_, axis) => 2 + 2 * axis);
  const restAxes = split.map((_, axis) => axis + 1).filter((axis) => !blockAxes.includes(axis));
  const moved = transpose(builder, reshape(builder, wide, [batch, ...split]), [...blockAxes, 0, ...restAxes]);
  return reshape(builder, moved, [batch * sizeOf(blocks), ...restAxes.map((axis) => split[axis - 1]!)]);
});

// The inverse of SpaceToBatchND, with cropping in place of padding.
lower<tf.BatchToSpaceNDAttrs>('BatchToSpaceND', ({ builder, input, attributes }) => {
  const x = input('x');
  const { blockShape: blocks, crops } = attributes;
  const [batch, ...sides] = x.shape as [number, ...number[]];
  const count = blocks.length;
  const split = reshape(builder, x, [...blocks, batch / sizeOf(blocks), ...sides]);
  const order = [
    count,
    ...blocks.flatMap((_, axis) => [count + 1 + axis, axis]),
    ...sides.slice(count).map((_, axis) => 2 * count + 1 + axis),
  ];
  const grown = sides.map((side, axis) => side * (blocks[axis] ?? 1));
  const joined = reshape(builder, transpose(builder, split, order), [batch / sizeOf(blocks), ...grown]);
  const axes = blocks.map((_, axis) => axis + 1);
  const starts = crops.map(([before]) => before!);
  const ends = crops.map(([, after], axis) => grown[axis]! - after!);
  return slice(builder, joined, axes, starts, ends);
});
