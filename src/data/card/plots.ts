import type { TopLevelSpec } from 'vega-lite';
import type { IngestReport } from '../ingest/reportSchema.ts';
import type { DatasetInfo } from '../types.ts';
import type { FrameLabels } from './labels.ts';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';
const BINS = 41;
const WIDEST = 3;
/** Points of a curve over time: more would not be seen. */
const MOMENTS = 600;

/** How often each value of each action dimension occurs, in normalised units. */
export function histograms(names: readonly string[], labels: readonly FrameLabels[]): TopLevelSpec {
  const values = names.flatMap((name, k) => {
    const counts = new Array<number>(BINS).fill(0);
    for (const { action } of labels) counts[bin(action[k]!)]! += 1;
    return counts.map((count, i) => ({ name, value: middle(i), share: count / labels.length }));
  });
  return {
    $schema: SCHEMA,
    data: { values },
    facet: { field: 'name', type: 'nominal', sort: [...names], title: null },
    columns: 3,
    spec: {
      ...{ width: 240, height: 90 },
      mark: { type: 'bar', width: 240 / BINS - 1 },
      encoding: {
        x: { field: 'value', type: 'quantitative', title: 'normalised units', scale: { nice: false } },
        y: { field: 'share', type: 'quantitative', title: null, axis: { format: '%', tickCount: 3 } },
      },
    },
    resolve: { scale: { y: 'independent' } },
  };
}

/** Which combinations of moving ahead and turning the footage covers. */
export function coverage(names: readonly string[], labels: readonly FrameLabels[]): TopLevelSpec | undefined {
  const [forward, yaw] = [names.indexOf('forward'), names.indexOf('yaw')];
  if (forward < 0 || yaw < 0) return undefined;
  const counts = new Map<string, { forward: number; yaw: number; frames: number }>();
  for (const { action } of labels) {
    const [i, j] = [bin(action[forward]!), bin(action[yaw]!)];
    const cell = counts.get(`${i} ${j}`) ?? { forward: middle(i), yaw: middle(j), frames: 0 };
    cell.frames += 1;
    counts.set(`${i} ${j}`, cell);
  }
  return {
    $schema: SCHEMA,
    ...{ width: 340, height: 240 },
    data: { values: [...counts.values()] },
    mark: { type: 'square', size: 34, opacity: 1 },
    encoding: {
      x: { field: 'yaw', type: 'quantitative', title: 'yaw (right positive)' },
      y: { field: 'forward', type: 'quantitative', title: 'forward' },
      color: { field: 'frames', type: 'quantitative', scale: { type: 'log', scheme: 'blues' } },
    },
  };
}

/** The main motions and the confidence over the dataset's time. */
export function overTime({ fps, actionNames }: DatasetInfo, labels: readonly FrameLabels[]): TopLevelSpec {
  const names: readonly string[] = actionNames;
  const stride = Math.max(1, Math.ceil(labels.length / MOMENTS));
  const shown = ['forward', 'yaw'].filter((name) => names.includes(name));
  const values: { seconds: number; series: string; value: number }[] = [];
  for (let from = 0; from < labels.length; from += stride) {
    const part = labels.slice(from, from + stride);
    const mean = (of: (label: FrameLabels) => number): number =>
      part.reduce((sum, label) => sum + of(label), 0) / part.length;
    const seconds = from / fps;
    for (const name of shown) {
      const k = names.indexOf(name);
      values.push({ seconds, series: name, value: mean(({ action }) => action[k]!) });
    }
    values.push({ seconds, series: 'confidence', value: mean(({ confidence }) => confidence) });
  }
  return {
    $schema: SCHEMA,
    data: { values },
    facet: { row: { field: 'series', type: 'nominal', sort: [...shown, 'confidence'], title: null } },
    spec: {
      ...{ width: 820, height: 90 },
      mark: { type: 'line', strokeWidth: 1 },
      encoding: {
        x: { field: 'seconds', type: 'quantitative', title: 'seconds of the dataset' },
        y: { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 3 } },
      },
    },
    resolve: { scale: { y: 'independent' } },
  };
}

/** What of each clip was kept, and what was left out for which reason. */
export function cuts({ clips }: IngestReport, fps: number): TopLevelSpec {
  const values = clips.flatMap(({ file, kept, left }) => [
    ...kept.map(({ from, to }) => ({ file, from: from / fps, to: to / fps, what: 'kept' })),
    ...left.map(({ from, to, reason }) => ({
      ...{ file, from: from / fps, to: to / fps },
      what: reason.replace(/ of .*/, ''),
    })),
  ]);
  const reasons = [...new Set(values.map(({ what }) => what))].filter((what) => what !== 'kept').toSorted();
  return {
    $schema: SCHEMA,
    ...{ width: 700, height: { step: 16 } },
    data: { values },
    mark: { type: 'bar', height: 10 },
    encoding: {
      y: { field: 'file', type: 'nominal', title: null, sort: null },
      x: { field: 'from', type: 'quantitative', title: 'seconds of the clip' },
      x2: { field: 'to' },
      color: {
        field: 'what',
        type: 'nominal',
        title: null,
        scale: {
          domain: ['kept', ...reasons],
          range: ['#9dbbe8', '#c2410c', '#8b3fb8', '#9a6b00', '#0f7b5f'],
        },
        legend: { orient: 'bottom', labelLimit: 0 },
      },
    },
  };
}

function bin(value: number): number {
  const place = Math.round(((value + WIDEST) / (2 * WIDEST)) * (BINS - 1));
  return Math.min(Math.max(place, 0), BINS - 1);
}

function middle(index: number): number {
  return (index / (BINS - 1)) * 2 * WIDEST - WIDEST;
}
