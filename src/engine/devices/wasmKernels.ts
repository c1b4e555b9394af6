import * as tf from '@tensorflow/tfjs';

/**
 * Gives tfjs-wasm the one kernel that training a convolution needs and its authors left out: the filter's
 * gradient, one matrix product for each tap.
 */
export function completeWasm(): void {
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm')) return;
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const [x, dy] = [inputs.x, inputs.dy].map((info) =>
        tf.engine().makeTensorFromTensorInfo(info as tf.TensorInfo),
      ) as [tf.Tensor4D, tf.Tensor4D];
      // tfjs declares every kernel's attributes as one loose map; the kernel's name fixes their real type.
      return filterGradient(x, dy, attrs as unknown as tf.Conv2DBackpropFilterAttrs);
    },
  });
}

function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { filterShape, strides, pad, dimRoundingMode }: tf.Conv2DBackpropFilterAttrs,
): tf.Tensor {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = info.padInfo;
  const padded = tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const places = info.batchSize * info.outHeight * info.outWidth;
  const gradient = dy.reshape([places, info.outChannels]);
  const taps: tf.Tensor[] = [];
  for (let ky = 0; ky < info.filterHeight; ky += 1) {
    for (let kx = 0; kx < info.filterWidth; kx += 1) {
      const end = [
        info.batchSize,
        ky + (info.outHeight - 1) * info.strideHeight + 1,
        kx + (info.outWidth - 1) * info.strideWidth + 1,
        info.inChannels,
      ];
      const seen = tf.stridedSlice(padded, [0, ky, kx, 0], end, [1, info.strideHeight, info.strideWidth, 1]);
      taps.push(tf.matMul(seen.reshape([places, info.inChannels]), gradient, true));
    }
  }
  return tf.stack(taps).reshape(filterShape);
}
