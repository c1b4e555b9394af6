import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'datasets/README.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Empty for pictures made of characters and for output. */
  readonly language: string;
  readonly text: string;
}

/** A page that people read. */
export interface Page {
  readonly name: string;
  readonly text: string;
}

export function pages(): Page[] {
  return PAGES.map((name) => ({ name, text: readFileSync(path.join(ROOT, name), 'utf8') }));
}

/** The fenced blocks of the pages; one in a list is moved back to the margin. */
export function blocks(): Block[] {
  return pages().flatMap(({ name, text }) =>
    [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map(([, indent, language, body]) => ({
      page: name,
      language: language!,
      text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    })),
  );
}

/** Every command line that the pages show, in blocks for a shell and in the running text, each once. */
export function commands(): string[] {
  const lines = blocks()
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'));
  const inline = pages().flatMap(({ text }) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!));
  const starts = /^(\w+=\S+ )?(npx|npm|node|mpirun|bash|python3?|reverie) /;
  const shown = [...lines, ...inline.filter((code) => starts.test(code))];
  return [...new Set(shown.map((line) => line.replace(/\s+#.*$/, '').trim()).filter(Boolean))];
}
