// The engine's surface: what models, training and runtimes use. A function of tfjs tensors becomes a graph by
// `trace`, runs as a `Program`, or with state that stays on its device by `compileStateful`.
export { channelBlock } from './devices/channelBlock.ts';
export { DEVICES, type Device } from './devices/device.ts';
export { bestBackend } from './devices/eager.ts';
export { DEVICE_FIXES, providerProblem } from './devices/machine.ts';
export {
  compileStateful,
  PRECISIONS,
  type Precision,
  type StatefulFunction,
  type StatefulOptions,
} from './devices/stateful.ts';
export { valueAndGradients } from './gradients.ts';
export { type Graph, GraphBuilder, withByteOutput } from './graph.ts';
export { encodeModel } from './onnx.ts';
export {
  blockedConvolutions,
  channelsFirst,
  cpuPasses,
  DEFAULT_PASSES,
  dropUnused,
  foldConstants,
  fuse,
  GPU_PASSES,
  halfProducts,
  narrowSumsAsProducts,
  type Pass,
  PORTABLE_PASSES,
  shareEqual,
  shiftsAsPads,
  squaresInSums,
  transposesInSteps,
  turnedProducts,
  unfoldedConvolutions,
  webgpuForms,
} from './passes/index.ts';
export { type HostArray, type HostTensor, Program, type ProgramOptions } from './program.ts';
export { recompute } from './recompute.ts';
export {
  type SpecGroups,
  type TensorGroup,
  type TensorGroups,
  type TensorSpec,
  type TensorsOf,
  trace,
} from './trace.ts';
export { TraceError } from './traceError.ts';
