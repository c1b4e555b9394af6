import { element } from './elements.ts';

/** What a remark says without a note. */
export const MARK_WORDS = { bookmark: 'Bookmarked', up: 'Good here', down: 'Bad here' } as const;

/** A remark on a moment, without a comparison's verdicts. */
export type RemarkKind = keyof typeof MARK_WORDS;

/** Asks for remarks on the present moment. */
export interface Remarks {
  readonly open: boolean;
  /** Asks for a note; the world should wait meanwhile. */
  ask(kind: RemarkKind): void;
}

/** @param done told the remark */
export function createRemarks(done: (kind: RemarkKind, note: string) => void): Remarks {
  const panel = element('note-panel', HTMLDialogElement);
  const note = element('note', HTMLTextAreaElement);
  let kind: RemarkKind = 'bookmark';
  panel.addEventListener('close', () => done(kind, note.value.slice(0, 500)));
  return {
    get open() {
      return panel.open;
    },
    ask: (wanted) => {
      kind = wanted;
      note.value = '';
      element('note-title', HTMLElement).textContent = MARK_WORDS[kind];
      panel.showModal();
    },
  };
}
