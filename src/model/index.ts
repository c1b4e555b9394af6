// The models' surface: functions of parameters and tensors, with the shapes of their parameters.
export {
  type AutoencoderConfig,
  autoencoderParameters,
  decode,
  encode,
  REDUCTION,
  reconstructionLoss,
} from './autoencoder.ts';
export { openDynamics } from './families.ts';
export type { Cache, CacheSizes, Dynamics, FrameTokens, Sizes } from './family.ts';
export { convolution, linear, parameter, rmsNorm, silu } from './layers.ts';
export {
  convolutionParameters,
  type Initial,
  initialise,
  linearParameters,
  type ParameterSpec,
  type ParameterSpecs,
} from './parameters.ts';
