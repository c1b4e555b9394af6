import { escapeHtml } from '../../html.ts';
import type { Question } from '../metrics/metric.ts';
import { QUESTIONS } from '../metrics/registry.ts';
import type { Comparison, Result } from '../results.ts';
import { cellText, number, type Summary } from '../summary.ts';
import { summaryTable } from './summaryTable.ts';

/** A difference with a smaller chance than this is marked. */
const SIGNIFICANT = 0.05;

/** One table for each question that was asked. */
export function summaryTables({ sources, lines }: Summary): string {
  const questions = [...new Set(lines.map(({ question }) => question))];
  return questions
    .map((question: Question) => {
      const head = sources.map(
        ({ name, kind }) => `<th scope="col" class="${kind}">${escapeHtml(name)}</th>`,
      );
      const body = lines
        .filter((line) => line.question === question)
        .map(({ title, better, cells }) => {
          const values = cells.map((cell) => `<td class="${cell.kind}">${cellHtml(cell)}</td>`);
          return `<tr><th scope="row">${escapeHtml(title)} <small>${arrow(better)}</small></th>${values.join('')}</tr>`;
        });
      return `<h3>${QUESTIONS[question]}</h3>
${summaryTable(head, body)}`;
    })
    .join('\n');
}

function arrow(better: string): string {
  return better === 'higher' ? '↑' : better === 'lower' ? '↓' : '→ 100 %';
}

function cellHtml(cell: Result): string {
  const [value, interval] = cellText(cell).split(' (');
  const few = cell.value === undefined ? '' : ` title="${cell.rollouts} rollouts"`;
  return interval === undefined
    ? `<span${few}>${value}</span>`
    : `<span${few}>${value}</span><small>${interval.replace(')', '')}</small>`;
}

/** The paired differences, a table for each couple of sources. */
export function differenceTables(differences: readonly Comparison[]): string {
  const couples = [...new Set(differences.map(coupleOf))];
  const head = ['difference', '95 %', 'p', 'pairs', ''].map((title) => `<th scope="col">${title}</th>`);
  return couples
    .map((couple) => {
      const rows = differences
        .filter((difference) => coupleOf(difference) === couple)
        .map((difference) => {
          const { metric, interval, p, pairs } = difference;
          const unit = metric.unit === '' ? '' : `\u00a0${metric.unit}`;
          const ends =
            interval === undefined
              ? ''
              : [interval.low, interval.high].map((end) => number(end, metric.unit)).join('…');
          const sign = difference.difference > 0 ? '+' : '';
          return `<tr class="${verdict(difference)}"><th scope="row">${escapeHtml(metric.title)} <small>${arrow(metric.better)}</small></th><td>${sign}${number(difference.difference, metric.unit)}${unit}</td><td>${ends}</td><td>${p < 0.001 ? '&lt; 0.001' : p.toFixed(3)}</td><td>${pairs}</td><td>${verdict(difference)}</td></tr>`;
        });
      return `<h3>${escapeHtml(couple)}</h3>
<div class="differences">${summaryTable(head, rows)}</div>`;
    })
    .join('\n');
}

function coupleOf({ first, second }: Comparison): string {
  return `${first} − ${second}`;
}

/** Which of the two is better, where that can be said. */
function verdict({ metric, difference, p }: Comparison): string {
  if (p >= SIGNIFICANT || metric.better === 'near 100 %') return '';
  return difference > 0 === (metric.better === 'higher') ? 'better' : 'worse';
}
