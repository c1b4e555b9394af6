import { formatDuration } from '../../cli/progress.ts';
import type { Median } from '../statistics/survival.ts';
import { textTable } from '../textTable.ts';
import { countOf } from './moments.ts';
import type { PlaytestTable } from './tabulate.ts';

/** The table for a terminal. */
export function playtestText({ receptions, preferences, problems }: PlaytestTable): string {
  const parts: string[] = [];
  if (preferences.length > 0) {
    const rows = preferences.map(({ names, winRate, interval, wins, losses, ties, p }) => [
      oneLine(names.join(' against ')),
      percentages(winRate, interval),
      `${wins}`,
      `${losses}`,
      `${ties}`,
      chance(p),
    ]);
    parts.push(textTable([['comparisons', 'win rate (95 %)', 'won', 'lost', 'tied', 'p'], ...rows]));
  }
  if (receptions.length > 0) {
    const rows = receptions.map(({ name, runs, seconds, complained, complaint, remarks }) => {
      return [
        oneLine(name),
        `${runs}`,
        formatDuration(seconds),
        `${complained}`,
        medianText(complaint),
        ...(['up', 'down', 'bookmark'] as const).map((kind) => `${countOf(kind, remarks)}`),
      ];
    });
    const head = ['kept runs', 'runs', 'watched', 'complained', 'first complaint, median (95 %)'];
    parts.push(textTable([[...head, 'thumbs up', 'down', 'bookmarks'], ...rows]));
  }
  const notes = receptions.flatMap(({ name, remarks }) =>
    remarks
      .filter(({ note }) => note !== '')
      .map(({ run, frame, kind, note }) => [name, `${(frame / run.fps).toFixed(1)} s`, kind, note]),
  );
  if (notes.length > 0) parts.push(['notes', ...notes.map((cells) => oneLine(cells.join('  ')))].join('\n'));
  if (problems.length > 0) parts.push(['left out', ...problems.map(oneLine)].join('\n'));
  return parts.join('\n\n');
}

/** What was written by others must not move the terminal's cursor. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\n]+/gu, ' ').trim();
}

/** A share and its interval in percent. */
export function percentages(share: number, { low, high }: { low: number; high: number }): string {
  const percent = (value: number): string => (100 * value).toFixed(0);
  return `${percent(share)}\u00a0% (${percent(low)}…${percent(high)})`;
}

/** A median in seconds and its interval, which may be open at its upper end. */
export function medianText({ time, low, high }: Median): string {
  const ends = low === undefined ? '' : ` (${low.toFixed(1)}…${high?.toFixed(1) ?? '∞'})`;
  return `${time === undefined ? 'most never did' : `${time.toFixed(1)}\u00a0s`}${ends}`;
}

/** A p value. */
export function chance(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}
