import * as tf from '@tensorflow/tfjs';
import type { Attribute } from '../graph.ts';

/** How a window slides along one axis; `before` and `after` are what the axis is padded by. */
export interface WindowAxis {
  readonly side: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** Where the window stops: the side of the output. */
  readonly places: number;
}

type Rounding = 'floor' | 'round' | 'ceil';
type Padding = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
type Info2D = tf.backend_util.Conv2DInfo;
type Info3D = tf.backend_util.Conv3DInfo;

/** The axes of a pooling window over [N, H, W, C]. */
export function poolAxes2D(
  shape: readonly number[],
  attributes: {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: Padding;
    dimRoundingMode?: Rounding;
  },
): readonly WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const sides = shape as [number, number, number, number];
  return axes2D(
    tf.backend_util.computePool2DInfo(sides, filterSize, strides, 1, pad, dimRoundingMode, 'channelsLast'),
  );
}

/** The axes of a pooling window over [N, D, H, W, C]. */
export function poolAxes3D(
  shape: readonly number[],
  attributes: {
    filterSize: [number, number, number] | number;
    strides: [number, number, number] | number;
    pad: 'valid' | 'same' | number;
    dimRoundingMode?: Rounding;
  },
): readonly WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const sides = shape as [number, number, number, number, number];
  return axes3D(
    tf.backend_util.computePool3DInfo(sides, filterSize, strides, 1, pad, dimRoundingMode, 'NDHWC'),
  );
}

/** Height and width of a window; a three-dimensional one has them too. */
export function axes2D(info: Info2D | Info3D): readonly WindowAxis[] {
  return [
    checked({
      side: info.inHeight,
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
      after: info.padInfo.bottom,
      places: info.outHeight,
    }),
    checked({
      side: info.inWidth,
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
      after: info.padInfo.right,
      places: info.outWidth,
    }),
  ];
}

/** Depth, height and width of a three-dimensional window. */
export function axes3D(info: Info3D): readonly WindowAxis[] {
  return [
    checked({
      side: info.inDepth,
      kernel: info.filterDepth,
      stride: info.strideDepth,
      dilation: info.dilationDepth,
      before: info.padInfo.front,
      after: info.padInfo.back,
      places: info.outDepth,
    }),
    ...axes2D(info),
  ];
}

/**
 * ONNX rounds the output's side down; tfjs rounds as it is told. Where a window steps over elements of a volume,
 * tfjs's `same` comes to less than no padding, which ONNX does not have.
 */
function checked(axis: WindowAxis): WindowAxis {
  const { side, before, after, stride, places, kernel } = axis;
  if (Math.min(before, after) < 0) {
    throw new Error(`a window of ${kernel} with stride ${stride} has no 'same' padding: use 'valid'`);
  }
  const found = Math.floor((side + before + after - reach(axis) - 1) / stride) + 1;
  if (found === places) return axis;
  throw new Error(`tfjs makes a side ${places}, ONNX ${found}: pad it yourself`);
}

/** How far the last element of a window is from its first. */
export function reach({ kernel, dilation }: WindowAxis): number {
  return (kernel - 1) * dilation;
}

/** The attributes of Conv; pooling has no dilations. */
export function windowAttributes(axes: readonly WindowAxis[], dilated = true): Record<string, Attribute> {
  return {
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    ...(dilated && { dilations: axes.map(({ dilation }) => dilation) }),
    pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
  };
}

/** The attributes of ConvTranspose that lead from the window's places back to the side they came from. */
export function transposedWindowAttributes(axes: readonly WindowAxis[]): Record<string, Attribute> {
  const beyond = axes.map((axis) => {
    const covered = (axis.places - 1) * axis.stride + reach(axis) + 1;
    return covered - axis.before - axis.side;
  });
  return {
    ...windowAttributes(axes),
    pads: [...axes.map(({ before }) => before), ...beyond.map((rest) => Math.max(0, rest))],
    // Elements that no window reached get no gradient: they are appended.
    output_padding: beyond.map((rest) => Math.max(0, -rest)),
  };
}

/** Axes from [N, spatial…, C] to [N, C, spatial…]. */
export function channelsFirst(spatial: number): number[] {
  return [0, spatial + 1, ...Array.from({ length: spatial }, (_, axis) => axis + 1)];
}

/** Axes from [N, C, spatial…] to [N, spatial…, C]. */
export function channelsLast(spatial: number): number[] {
  return [0, ...Array.from({ length: spatial }, (_, axis) => axis + 2), 1];
}
