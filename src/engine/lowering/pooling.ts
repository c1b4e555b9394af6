import type * as tf from '@tensorflow/tfjs';
import { type GraphBuilder, sizeOf, type Value } from '../graph.ts';
import { type AxisMap, mapAxis, transposed } from './axisMap.ts';
import { FLOATS, lower, requireType, reshape, transpose } from './lowering.ts';
import {
  channelsFirst,
  channelsLast,
  poolAxes2D,
  poolAxes3D,
  type WindowAxis,
  windowAttributes,
} from './window.ts';

lower<tf.MaxPoolAttrs>('MaxPool', ({ builder, input, attributes }) =>
  pool(builder, 'MaxPool', input('x'), poolAxes2D(input('x').shape, attributes)),
);
lower<tf.AvgPoolAttrs>('AvgPool', ({ builder, input, attributes }) =>
  pool(builder, 'AveragePool', input('x'), poolAxes2D(input('x').shape, attributes)),
);
lower<tf.MaxPool3DAttrs>('MaxPool3D', ({ builder, input, attributes }) =>
  pool(builder, 'MaxPool', input('x'), poolAxes3D(input('x').shape, attributes)),
);
lower<tf.AvgPool3DAttrs>('AvgPool3D', ({ builder, input, attributes }) =>
  pool(builder, 'AveragePool', input('x'), poolAxes3D(input('x').shape, attributes)),
);
lower<tf.MaxPoolGradAttrs>('MaxPoolGrad', ({ builder, input, attributes }) =>
  maxPoolGradient(builder, input('dy'), input('input'), poolAxes2D(input('input').shape, attributes)),
);
lower<tf.AvgPoolGradAttrs>('AvgPoolGrad', ({ builder, input, attributes }) =>
  averagePoolGradient(builder, input('dy'), poolAxes2D(input('input').shape, attributes)),
);
lower<tf.MaxPool3DGradAttrs>('MaxPool3DGrad', ({ builder, input, attributes }) =>
  maxPoolGradient(builder, input('dy'), input('input'), poolAxes3D(input('input').shape, attributes)),
);
lower<tf.AvgPool3DGradAttrs>('AvgPool3DGrad', ({ builder, input, attributes }) =>
  averagePoolGradient(builder, input('dy'), poolAxes3D(input('input').shape, attributes)),
);

function pool(
  builder: GraphBuilder,
  op: 'MaxPool' | 'AveragePool',
  x: Value,
  axes: readonly WindowAxis[],
): Value {
  requireType(FLOATS, x);
  checkPadding(axes);
  const moved = transpose(builder, x, channelsFirst(axes.length));
  const shape = [...moved.shape.slice(0, 2), ...axes.map(({ places }) => places)];
  const pooled = builder.add(op, [moved], shape, x.type, windowAttributes(axes, false));
  return transpose(builder, pooled, channelsLast(axes.length));
}

/** Each gradient goes to where the maximum of its window, the first one of equals, came from. */
function maxPoolGradient(builder: GraphBuilder, dy: Value, x: Value, axes: readonly WindowAxis[]): Value {
  requireType(FLOATS, x, dy);
  checkPadding(axes);
  const moved = transpose(builder, x, channelsFirst(axes.length));
  const shape = [...moved.shape.slice(0, 2), ...axes.map(({ places }) => places)];
  const outputs = [
    { shape, type: x.type },
    { shape, type: 'int64' },
  ] as const;
  const [, places] = builder.addMany('MaxPool', [moved], outputs, windowAttributes(axes, false));
  // ONNX counts the places through all of the input.
  const count = [sizeOf(shape)];
  const values = reshape(builder, transpose(builder, dy, channelsFirst(axes.length)), count);
  const zeros = builder.filled(0, [sizeOf(x.shape)]);
  const scattered = builder.add(
    'ScatterElements',
    [zeros, reshape(builder, places!, count), values],
    zeros.shape,
    x.type,
    { axis: 0, reduction: 'add' },
  );
  return transpose(builder, reshape(builder, scattered, moved.shape), channelsLast(axes.length));
}

/** Averages over axis after axis are the average over the window: the gradient goes back the same way. */
function averagePoolGradient(builder: GraphBuilder, dy: Value, axes: readonly WindowAxis[]): Value {
  requireType(FLOATS, dy);
  const moved = transpose(builder, dy, channelsFirst(axes.length));
  const gradient = axes.reduce(
    (x, axis, index) => mapAxis(builder, x, index + 2, transposed(averages(axis))),
    moved,
  );
  return transpose(builder, gradient, channelsLast(axes.length));
}

/** The average of those elements of the axis, without the padding, that each place of the window covers. */
function averages({ side, kernel, stride, before, places }: WindowAxis): AxisMap {
  return Array.from({ length: places }, (_, place) => {
    const start = place * stride - before;
    const covered = Math.min(side, start + kernel) - Math.max(0, start);
    return Array.from({ length: side }, (_, index) =>
      index >= start && index < start + kernel ? 1 / covered : 0,
    );
  });
}

function checkPadding(axes: readonly WindowAxis[]): void {
  const empty = axes.find(({ kernel, before, after }) => Math.max(before, after) >= kernel);
  if (empty) throw new Error(`a window of ${empty.kernel} would see nothing but padding`);
}
