import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { counted, formatDuration } from '../../cli/progress.ts';
import { heldKeys, NO_KEYS } from '../actions/keys.ts';
import { REPORT_FILE } from '../lerobot/schema.ts';
import { quantile } from '../statistics.ts';
import type { Dataset } from '../types.ts';
import { lensWarning, lensWords } from './lensWords.ts';
import { reportSchema } from './reportSchema.ts';

/** Says in a few lines what a dataset holds, what was left out of the footage, and how its labels look. */
export async function summarise(dataset: Dataset): Promise<string> {
  const { info, folder } = dataset;
  const frames = (split?: string): number =>
    info.episodes
      .filter((episode) => split === undefined || episode.split === split)
      .reduce((sum, { length }) => sum + length, 0);
  const duration = (count: number): string => formatDuration(count / info.fps);
  const lines = [
    `${counted(info.episodes.length, 'episode')}, ${duration(frames())} at ${round(info.fps)} fps, ${info.width}x${info.height} ` +
      `(train ${duration(frames('train'))}, val ${duration(frames('val'))})`,
    ...(frames('val') > 0 ? [] : ['warning: too short to put anything aside for validation']),
    ...(await leftOutLines(dataset)),
    ...(await labelLines(dataset)),
    `written to ${folder}`,
  ];
  return lines.join('\n');
}

async function leftOutLines({ folder, info }: Dataset): Promise<string[]> {
  const report = reportSchema.parse(JSON.parse(await readFile(path.join(folder, REPORT_FILE), 'utf8')));
  const ranges = report.clips.flatMap(({ file, left }) =>
    left.map(({ from, to, reason }) => {
      const seconds = `${(from / info.fps).toFixed(1)}–${(to / info.fps).toFixed(1)} s`;
      return `left out ${file} ${seconds}: ${reason}`;
    }),
  );
  const repeats = report.clips.flatMap(({ file, repeated }) =>
    repeated.length === 0 ? [] : [`left out ${counted(repeated.length, 'repeated frame')} of ${file}`],
  );
  const lenses = new Set(report.clips.flatMap(({ lens }) => (lens === undefined ? [] : [lensWords(lens)])));
  const warnings = new Set(
    report.clips.flatMap(({ lens }) => (lens === undefined ? [] : (lensWarning(lens) ?? []))),
  );
  const logs = report.clips.flatMap(({ file, log }) =>
    log === undefined
      ? []
      : [
          `${file}: ${log.motion} follows ${log.column} of ${log.file} by ${log.lagSeconds.toFixed(2)} s ` +
            `(correlation ${log.correlation.toFixed(2)})`,
        ],
  );
  const files = report.bad.map(({ file, reason }) => `left out ${file}: ${reason}`);
  return [
    ...(lenses.size === 0 ? [] : [`lens: ${[...lenses].join('; ')}`]),
    ...[...warnings].map((warning) => `warning: ${warning}`),
    ...logs,
    ...ranges,
    ...repeats,
    ...files,
  ];
}

async function labelLines(dataset: Dataset): Promise<string[]> {
  const names = dataset.info.actionNames;
  const columns: number[][] = names.map(() => []);
  const counts = new Map<string, number>();
  for (const episode of dataset.info.episodes) {
    const actions = await dataset.actions(episode);
    for (const [i, value] of actions.entries()) columns[i % names.length]?.push(value);
    for (const keys of heldKeys(actions)) {
      for (const key of keys.split('+')) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const total = columns[0]?.length ?? 1;
  const share = (key: string, count: number): string =>
    `${key === NO_KEYS ? 'no key' : key} ${Math.round((100 * count) / total)} %`;
  const keys = [...counts].sort((a, b) => b[1] - a[1]).map(([key, count]) => share(key, count));
  return [
    'labels per frame, normalised (5 %, median, 95 %):',
    ...names.map((name, k) => {
      const shares = [0.05, 0.5, 0.95].map((q) =>
        quantile(columns[k] ?? [], q)
          .toFixed(2)
          .padStart(6),
      );
      return `  ${name.padEnd(8)} ${shares.join(' ')}   unit ${round(dataset.info.actionScale[k] ?? 0)}`;
    }),
    `keys: ${keys.join(', ')}`,
  ];
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
