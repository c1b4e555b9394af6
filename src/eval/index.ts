// Evaluation's surface: whole reports, and the metrics that they are made of.
export { type EvaluateOptions, type EvaluateResult, evaluate } from './evaluate.ts';
export type { Evaluation } from './evaluation.ts';
export { Laboratory } from './laboratory.ts';
export {
  everyFrame,
  type Metric,
  type Observation,
  type Question,
  ratioOfSums,
  sumRows,
} from './metrics/metric.ts';
export { METRICS, QUESTIONS } from './metrics/registry.ts';
export { type EvaluationSettings, SUITES, type SuiteName } from './suite.ts';
export { cellText, type Summary, type SummaryLine, summaryText } from './summary.ts';
export type { Driven, Evidence, Sequence, SourceKind } from './types.ts';
