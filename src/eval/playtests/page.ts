import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatDuration } from '../../cli/progress.ts';
import { escapeHtml } from '../../html.ts';
import type { Mark } from '../../serve/take.ts';
import { htmlPage } from '../report/document.ts';
import { legend } from '../report/legend.ts';
import { curveStyles } from '../report/style.ts';
import { summaryTable } from '../report/summaryTable.ts';
import { complaintSvg } from './chart.ts';
import { countOf } from './moments.ts';
import type { PlaytestTable, Reception } from './tabulate.ts';
import { chance, medianText, percentages } from './text.ts';

/** The table as a page, with every remark and the moment of its video. */
export async function playtestPage(table: PlaytestTable, folder: string): Promise<string> {
  const { receptions, preferences, problems } = table;
  const sections = [
    preferences.length === 0 ? '' : preferenceSection(preferences),
    receptions.length === 0 ? '' : await complaintSection(receptions),
    ...receptions.map(remarkSection),
    problems.length === 0 ? '' : problemSection(problems),
  ];
  const body = `<header>
<h1>Playtests</h1>
<p>What people who played have left in <b>${escapeHtml(folder)}</b>.</p>
</header>
${sections.join('\n')}`;
  return htmlPage('Playtests', body);
}

function preferenceSection(preferences: PlaytestTable['preferences']): string {
  const rows = preferences.map(
    ({ names, winRate, interval, wins, losses, ties, p }) =>
      `<tr><th scope="row">${names.map(escapeHtml).join(' <small>against</small> ')}</th><td>${percentages(winRate, interval)}</td><td>${wins}</td><td>${losses}</td><td>${ties}</td><td>${escapeHtml(chance(p))}</td></tr>`,
  );
  return `<section>
<h2>Which is better</h2>
${summaryTable(columnHeads(['win rate (95 %)', 'won', 'lost', 'tied', 'p']), rows)}
<p class="note">Two worlds side by side under the same keys; nobody was told which was which, though places of different footage are recognised. A tie is half a win to either. p is the chance of so uneven a split if neither were better.</p>
</section>`;
}

async function complaintSection(receptions: readonly Reception[]): Promise<string> {
  const styles = curveStyles(receptions.map(({ name }) => ({ name, kind: 'world' })));
  const rows = receptions.map(({ name, runs, seconds, complained, complaint, remarks }) => {
    const cells = [
      runs,
      formatDuration(seconds),
      complained,
      medianText(complaint),
      countOf('up', remarks),
      countOf('down', remarks),
      countOf('bookmark', remarks),
    ];
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = [
    'runs',
    'watched',
    'complained',
    'first complaint, median (95 %)',
    'thumbs up',
    'down',
    'bookmarks',
  ];
  return `<section>
<h2>Time to the first complaint</h2>
${legend(styles)}
<figure class="alone">${await complaintSvg(receptions, styles)}</figure>
${summaryTable(columnHeads(head), rows)}
<p class="note">Of the runs that were kept. A run without a thumb down counts for as long as it lasted (Kaplan and Meier), so that short runs do not look good. Runs count as independent, which those of one person are not.</p>
</section>`;
}

function columnHeads(titles: readonly string[]): string[] {
  return titles.map((title) => `<th scope="col">${title}</th>`);
}

const KINDS: Readonly<Record<Mark['kind'], string>> = {
  up: 'thumb up',
  down: 'thumb down',
  bookmark: 'bookmark',
  left: 'left is better',
  right: 'right is better',
  neither: 'neither is better',
};

function remarkSection({ name, remarks }: Reception): string {
  if (remarks.length === 0) return '';
  const items = remarks.map(({ run, frame, kind, note }) => {
    const seconds = (frame / run.fps).toFixed(1);
    const moment =
      run.video === undefined
        ? `${seconds} s`
        : `<a href="${escapeHtml(`${pathToFileURL(path.resolve(run.video))}#t=${seconds}`)}">${seconds} s</a>`;
    return `<tr class="${kind}"><td>${moment}</td><td>${KINDS[kind]}</td><td>${escapeHtml(note)}</td></tr>`;
  });
  return `<section>
<h2>What was said of ${escapeHtml(name)}</h2>
<table class="facts remarks"><tbody>${items.join('')}</tbody></table>
</section>`;
}

function problemSection(problems: readonly string[]): string {
  const items = problems.map((problem) => `<li>${escapeHtml(problem)}</li>`);
  return `<section>
<h2>Left out</h2>
<ul class="note">${items.join('')}</ul>
</section>`;
}
