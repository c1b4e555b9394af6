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

/** @param done told the kind and the note, or nothing when the player thought better of it */
export function createRemarks(
  done: (remark: { kind: RemarkKind; note: string } | undefined) => void,
): Remarks {
  const panel = element('note-panel', HTMLDialogElement);
  const note = element('note', HTMLTextAreaElement);
  let kind: RemarkKind = 'bookmark';
  panel.addEventListener('close', () =>
    done(panel.returnValue === '' ? undefined : { kind, note: note.value.slice(0, 500) }),
  );
  note.addEventListener('keydown', (event) => {
    // Enter also ends the writing of a word in some languages.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    // The window would hear it after the panel has closed.
    event.stopPropagation();
    panel.close('done');
  });
  return {
    get open() {
      return panel.open;
    },
    ask: (wanted) => {
      kind = wanted;
      note.value = '';
      panel.returnValue = '';
      element('note-title', HTMLElement).textContent = MARK_WORDS[kind];
      panel.showModal();
    },
  };
}
