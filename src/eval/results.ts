import { type ColumnTable, from } from 'arquero';
import type { EvaluatedSource, Evaluation } from './evaluation.ts';
import type { Metric, Observation } from './metrics/metric.ts';
import { bootstrapInterval, type Interval } from './statistics/bootstrap.ts';
import { type Difference, pairedDifference } from './statistics/paired.ts';
import type { SourceKind } from './types.ts';

/** One number of an evaluation. */
export interface Result {
  readonly source: string;
  readonly kind: SourceKind;
  readonly metric: Metric;
  /** Frames imagined, for a point of a curve; over the whole rollouts when undefined. */
  readonly horizon: number | undefined;
  /** Undefined when the rollouts do not determine it. */
  readonly value: number | undefined;
  /** Of 95 %, over clips and seeds; of worlds only. */
  readonly interval: Interval | undefined;
  /** Rollouts that said something. */
  readonly rollouts: number;
}

/** How two sources differ in a metric. */
export interface Comparison extends Difference {
  readonly metric: Metric;
  readonly first: string;
  readonly second: string;
}

/** Every number of an evaluation: each metric of each source as a whole, then the points of its curve. */
export function results({ sources, metrics, laboratory, settings }: Evaluation): Result[] {
  return metrics.flatMap((metric) =>
    sources.flatMap((source) => {
      const items = source.observations.get(metric.id) ?? [];
      const points = metric.points?.(settings.horizon) ?? [];
      return [undefined, ...points.keys()].map((point): Result => {
        const statistic = (sample: readonly Observation[]): number | undefined =>
          sample.length === 0 ? undefined : metric.estimate(sample, laboratory, point);
        return {
          source: source.name,
          kind: source.kind,
          metric,
          horizon: point === undefined ? undefined : points[point]!,
          value: statistic(items.map(({ value }) => value)),
          interval: source.kind === 'world' ? bootstrapInterval(items, statistic, settings.seed) : undefined,
          rollouts: items.length,
        };
      });
    }),
  );
}

/** Every world against every other one, and against the baselines that have learned nothing. */
export function comparisons({ sources, metrics, laboratory, settings }: Evaluation): Comparison[] {
  const worlds = sources.filter(({ kind }) => kind === 'world');
  const baselines = sources.filter(({ kind }) => kind === 'copy' || kind === 'flow');
  const couples = worlds.flatMap((world, i): [EvaluatedSource, EvaluatedSource][] =>
    [...worlds.slice(i + 1), ...baselines].map((other) => [world, other]),
  );
  return couples.flatMap(([first, second]) =>
    metrics.flatMap((metric) => {
      const difference = pairedDifference(
        first.observations.get(metric.id) ?? [],
        second.observations.get(metric.id) ?? [],
        (sample) => metric.estimate(sample, laboratory),
        settings.seed,
      );
      return difference === undefined
        ? []
        : [{ ...difference, metric, first: first.name, second: second.name }];
    }),
  );
}

/** The numbers as a table for files. */
export function resultTable(rows: readonly Result[]): ColumnTable {
  return from(
    rows
      .filter(({ value }) => value !== undefined)
      .map(({ source, kind, metric, horizon, value, interval, rollouts }) => ({
        source,
        kind,
        question: metric.question,
        metric: metric.id,
        unit: metric.unit,
        better: metric.better,
        horizon,
        value,
        low: interval?.low,
        high: interval?.high,
        rollouts,
      })),
  );
}

/** The differences as a table for files. */
export function comparisonTable(rows: readonly Comparison[]): ColumnTable {
  return from(
    rows.map(({ metric, first, second, difference, interval, p, pairs }) => ({
      metric: metric.id,
      unit: metric.unit,
      better: metric.better,
      first,
      second,
      difference,
      low: interval?.low,
      high: interval?.high,
      p,
      pairs,
    })),
  );
}
