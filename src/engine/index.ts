export { valueAndGradients } from './gradients.ts';
export { type Graph, GraphBuilder, withByteOutput } from './graph.ts';
export { encodeModel } from './onnx.ts';
export { type HostArray, type HostTensor, Program, type ProgramOptions } from './program.ts';
export { type SpecGroups, type TensorGroup, type TensorGroups, type TensorSpec, trace } from './trace.ts';
export { TraceError } from './traceError.ts';
