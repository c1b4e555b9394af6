import type { Take } from '../../serve/take.ts';
import { type Complaints, complaints } from './complaints.ts';
import type { Playtests } from './read.ts';
import { type WinRate, winRates } from './winRate.ts';

/** Playtests as `reverie eval --playtests` prints them: who wins, when complaints begin, and what was noted. */
export function playtestsText({ takes, problems }: Playtests): string {
  const wins = winRates(takes);
  const said = complaints(takes);
  const notes = takes.flatMap(notesOf);
  return [
    ...section('Blind comparisons', table(WIN_HEAD, wins.map(winCells))),
    ...section('Played alone', table(SAID_HEAD, said.map(saidCells))),
    ...section('Notes', notes),
    ...section('Left out', problems),
  ]
    .join('\n')
    .trimEnd();
}

const WIN_HEAD = ['world', 'against', 'rounds', 'won', 'lost', 'no difference', 'win rate', '95 %'];
const SAID_HEAD = ['world', 'takes', 'minutes', 'good', 'bad', 'bookmarks', 'first complaint (median)'];

function winCells({ first, second, wins, ties, rate, interval }: WinRate): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return [
    first,
    second,
    `${wins[0] + wins[1] + ties}`,
    `${wins[0]}`,
    `${wins[1]}`,
    `${ties}`,
    rate === undefined ? '–' : percent(rate),
    interval ? `${percent(interval.low)} … ${percent(interval.high)}` : '–',
  ];
}

function saidCells({ world, takes, minutes, remarks, firstComplaint, longest }: Complaints): string[] {
  return [
    world,
    `${takes}`,
    minutes.toFixed(1),
    `${remarks.up}`,
    `${remarks.down}`,
    `${remarks.bookmark}`,
    firstComplaint === undefined ? `not within ${longest.toFixed(1)} s` : `${firstComplaint.toFixed(1)} s`,
  ];
}

function notesOf({ worlds, marks, fps }: Take): string[] {
  const name = worlds.map((world) => world.name).join(' | ');
  return marks
    .filter(({ note }) => note !== '')
    .map(({ frame, kind, note }) => `${name}  ${(frame / fps).toFixed(1)} s  ${kind}: ${oneLine(note)}`);
}

/** Notes come from outside: nothing in them may move the terminal's cursor. */
function oneLine(text: string): string {
  return text.replace(/\p{C}+|\s+/gu, ' ').trim();
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`), ''] : [];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
