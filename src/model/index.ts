// The models' surface: functions of parameters and tensors, with the shapes of their parameters.
export {
  type AutoencoderConfig,
  autoencoderParameters,
  decode,
  encode,
  REDUCTION,
  reconstructionLoss,
} from './autoencoder.ts';
export {
  type Cache,
  type DynamicsConfig,
  denoise,
  denoiseFrame,
  dynamicsParameters,
  type FrameTokens,
  remember,
  rememberFrame,
  tokenCount,
} from './dynamics.ts';
export { convolution, linear, parameter, rmsNorm, silu } from './layers.ts';
export {
  convolutionParameters,
  type Initial,
  initialise,
  linearParameters,
  type ParameterSpec,
  type ParameterSpecs,
} from './parameters.ts';
