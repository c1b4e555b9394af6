import type { Mark } from '../take.ts';
import { element } from './elements.ts';

const WORDS = { bookmark: 'Bookmarked', up: 'Good here', down: 'Bad here' } as const;

/** A remark on a moment, without a comparison's verdicts. */
export type RemarkKind = keyof typeof WORDS;

/** Asks for remarks on the present moment. */
export interface Remarks {
  readonly open: boolean;
  /** Asks for a note; the world should wait meanwhile. */
  ask(kind: RemarkKind): void;
}

/** @param done told the remark, with the words that confirm it */
export function createRemarks(done: (mark: Mark, confirmation: string) => void): Remarks {
  const panel = element('note-panel', HTMLDialogElement);
  const note = element('note', HTMLTextAreaElement);
  let kind: RemarkKind = 'bookmark';
  panel.addEventListener('close', () => done({ kind, note: note.value.slice(0, 500) }, WORDS[kind]));
  return {
    get open() {
      return panel.open;
    },
    ask: (wanted) => {
      kind = wanted;
      note.value = '';
      element('note-title', HTMLElement).textContent = WORDS[kind];
      panel.showModal();
    },
  };
}
