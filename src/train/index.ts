// Training's surface: a recipe, a dataset and a run folder become checkpoints, and those a world.
export { checkConfig, readConfig, type TrainConfig, trainConfig } from './config.ts';
export { type ExportOptions, exportWorld } from './export.ts';
export type { StageName } from './loop.ts';
export { type TrainOptions, train } from './run.ts';
export { readMetrics, type StagedLine } from './runLog.ts';
export { type NamedTensor, readSafetensors, writeSafetensors } from './safetensors.ts';
