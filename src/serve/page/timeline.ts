import { SHOWN_FPS } from '../clock.ts';
import type { ReceivedFrame } from '../frameMessage.ts';
import { MOST_FRAMES } from '../reach.ts';
import { element } from './elements.ts';
import { createFilm } from './film.ts';
import { MARK_WORDS, type RemarkKind } from './remarks.ts';

/** The past as a line under the picture: any moment of it can be looked at, and gone on from. */
export interface Timeline {
  /** The frame of the past that is looked at; nothing while the present is shown. */
  readonly looked: ReceivedFrame | undefined;
  /** Takes in the present. */
  add(frame: ReceivedFrame): void;
  /** Shows a remark on the frame that is seen. */
  mark(kind: RemarkKind, note: string): void;
  /** Looks so many pictures of the film further, or back where negative. */
  step(pictures: number): void;
  /** Goes on from the moment that is looked at; what came later is forgotten. */
  branch(): void;
  /** Back to the present. */
  leave(): void;
}

export interface TimelineEvents {
  /** What is looked at has changed: a frame of the past, for which the world should wait, or the present again. */
  looks(frame: ReceivedFrame): void;
  /** The player wants to go on from a frame of the past. */
  branches(frame: ReceivedFrame): void;
}

interface ShownMark {
  readonly frame: number;
  readonly button: HTMLElement;
}

/** Keys that move the line's handle; the world may know them too, and must not hear them. */
const OWN_KEYS = /^(Arrow|Page)|^(Home|End)$/;

export function createTimeline(events: TimelineEvents): Timeline {
  const line = element('timeline', HTMLElement);
  const handle = element('past', HTMLInputElement);
  const board = element('marks', HTMLElement);
  const panel = element('moment', HTMLElement);
  const film = createFilm();
  let marks: ShownMark[] = [];
  let looked: ReceivedFrame | undefined;

  const ago = (index: number): string => {
    const frames = (film.frames.at(-1)?.index ?? index) - index;
    return frames > 0 ? `${(frames / SHOWN_FPS).toFixed(1)} seconds ago` : 'Now';
  };

  const update = (): void => {
    const last = film.frames.length - 1;
    const place = looked ? film.frames.indexOf(looked) : last;
    handle.max = String(Math.max(1, last));
    handle.value = String(place);
    handle.setAttribute('aria-valuetext', ago(looked?.index ?? Number.POSITIVE_INFINITY));
    line.style.setProperty('--share', String(place / Math.max(1, last)));
    for (const { frame, button } of marks) {
      const at = film.frames.findIndex(({ index }) => index >= frame);
      button.style.setProperty('--at', String(at / Math.max(1, last)));
      button.hidden = frame < film.frames[0]!.index;
    }
  };

  const lookAt = (place: number): void => {
    const frame = film.frames[Math.max(0, Math.min(film.frames.length - 1, place))];
    if (!frame || frame === looked) return;
    looked = frame;
    element('moment-text', HTMLElement).textContent = ago(frame.index);
    panel.hidden = false;
    update();
    events.looks(frame);
  };

  /** @returns what was looked at */
  const close = (): ReceivedFrame | undefined => {
    const before = looked;
    looked = undefined;
    panel.hidden = true;
    // With the focus here, arrows would go on moving the handle instead of driving.
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && (line.contains(focused) || panel.contains(focused))) focused.blur();
    update();
    return before;
  };

  const leave = (): void => {
    const present = film.frames.at(-1);
    if (close() && present) events.looks(present);
  };

  const branch = (): void => {
    const from = close();
    if (from) events.branches(from);
  };

  handle.addEventListener('input', () => lookAt(Number(handle.value)));
  handle.addEventListener('change', () => {
    if (looked === film.frames.at(-1)) leave();
  });
  handle.addEventListener('keydown', (event) => {
    if (OWN_KEYS.test(event.key)) event.stopPropagation();
  });
  // A touch of the picture means something else.
  for (const part of [line, panel]) part.addEventListener('pointerdown', (event) => event.stopPropagation());
  element('branch', HTMLElement).addEventListener('click', branch);
  element('present', HTMLElement).addEventListener('click', leave);

  return {
    get looked() {
      return looked;
    },
    add: (frame) => {
      const before = film.frames.at(-1)?.index ?? -1;
      film.add(frame);
      if (frame.index <= before) {
        for (const { button } of marks.filter((mark) => mark.frame > frame.index)) button.remove();
        marks = marks.filter((mark) => mark.frame <= frame.index);
      }
      if (looked && !film.frames.includes(looked)) leave();
      line.hidden = film.frames.length < 2 || frame.index > MOST_FRAMES;
      update();
    },
    mark: (kind, note) => {
      const seen = looked ?? film.frames.at(-1);
      if (!seen) return;
      if (seen === film.frames.at(-1)) film.pin();
      const button = drawMark(kind, note);
      button.addEventListener('click', () => {
        lookAt(film.frames.findIndex(({ index }) => index >= seen.index));
        handle.focus();
      });
      board.append(button);
      marks.push({ frame: seen.index, button });
      update();
    },
    step: (pictures) => {
      if (line.hidden) return;
      lookAt((looked ? film.frames.indexOf(looked) : film.frames.length - 1) + pictures);
      handle.focus();
    },
    branch,
    leave,
  };
}

function drawMark(kind: RemarkKind, note: string): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = `mark ${kind}`;
  button.title = note === '' ? MARK_WORDS[kind] : `${MARK_WORDS[kind]}: ${note}`;
  button.setAttribute('aria-label', `${button.title}. Look at it`);
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  picture.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${kind}`);
  picture.append(use);
  button.append(picture);
  return button;
}
