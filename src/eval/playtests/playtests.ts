import path from 'node:path';
import { from } from 'arquero';
import { writeAtomically } from '../../data/fileSystem.ts';
import { playtestPage } from './page.ts';
import { readPlaytests } from './read.ts';
import { type PlaytestTable, tabulatePlaytests } from './tabulate.ts';

/**
 * Reads a folder of playtests and writes what they come to: `remarks.csv` (every remark), `preferences.csv` (every
 * couple of checkpoints that was compared) and last `report.html`.
 *
 * @param folder as `reverie play` fills it
 * @param out folder of the report
 * @returns the table and the path of the report
 * @throws UserError when there are no playtests, or one of them is damaged
 */
export async function reportPlaytests(
  folder: string,
  out: string,
): Promise<{ readonly table: PlaytestTable; readonly report: string }> {
  const table = tabulatePlaytests(await readPlaytests(folder));
  await writeAtomically(path.join(out, 'remarks.csv'), remarkCsv(table));
  await writeAtomically(path.join(out, 'preferences.csv'), preferenceCsv(table));
  const report = path.join(out, 'report.html');
  await writeAtomically(report, await playtestPage(table, folder));
  return { table, report };
}

function remarkCsv({ receptions }: PlaytestTable): string {
  const columns = ['world', 'take', 'frame', 'seconds', 'kind', 'note'];
  const rows = receptions.flatMap(({ name, remarks }) =>
    remarks.map(({ run, frame, kind, note }) => ({
      world: name,
      take: run.folder,
      frame,
      seconds: frame / run.fps,
      kind,
      note,
    })),
  );
  return csv(rows, columns);
}

function preferenceCsv({ preferences }: PlaytestTable): string {
  const columns = ['first', 'second', 'win_rate', 'low', 'high', 'wins', 'losses', 'ties', 'p'];
  const rows = preferences.map(({ names, winRate, interval, wins, losses, ties, p }) => ({
    first: names[0],
    second: names[1],
    win_rate: winRate,
    ...interval,
    wins,
    losses,
    ties,
    p,
  }));
  return csv(rows, columns);
}

function csv(rows: object[], columns: string[]): string {
  return from(rows).toCSV({ columns }).replace(/\n*$/, '\n');
}
