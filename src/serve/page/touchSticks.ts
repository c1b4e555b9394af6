import type { Held } from '../actions.ts';
import { mergeHeld, type Stick, stickHeld } from './sticks.ts';

/** The sticks on a touch screen. */
export interface TouchSticks {
  held(): Held;
}

const SVG = 'http://www.w3.org/2000/svg';
/** How much of the stick's half width the knob travels. */
const TRAVEL = 0.6;

/**
 * Puts sticks on the page.
 *
 * @param parent what they are put into, in place of what was there
 * @param changed told whenever a finger moves one
 */
export function createTouchSticks(
  parent: HTMLElement,
  sticks: readonly Stick[],
  changed: (at: number) => void,
): TouchSticks {
  const held: Held[] = sticks.map(() => ({}));
  const pads = sticks.map((stick, index) => {
    const pad = drawStick(stick);
    const knob = pad.querySelector<HTMLElement>('.knob')!;
    const move = (x: number, y: number, at: number): void => {
      const excess = Math.max(1, Math.hypot(x, y));
      knob.style.setProperty('--x', (x / excess).toFixed(3));
      knob.style.setProperty('--y', (y / excess).toFixed(3));
      held[index] = stickHeld(stick, x / excess, y / excess);
      changed(at);
    };
    const follow = (event: PointerEvent): void => {
      if (!pad.hasPointerCapture(event.pointerId)) return;
      const box = pad.getBoundingClientRect();
      const reach = (box.width / 2) * TRAVEL;
      const x = (event.clientX - box.left - box.width / 2) / reach;
      const y = (event.clientY - box.top - box.height / 2) / reach;
      move(x, y, event.timeStamp);
    };
    pad.addEventListener('pointerdown', (event) => {
      pad.setPointerCapture(event.pointerId);
      pad.classList.add('held');
      follow(event);
    });
    pad.addEventListener('pointermove', follow);
    pad.addEventListener('lostpointercapture', (event) => {
      pad.classList.remove('held');
      move(0, 0, event.timeStamp);
    });
    return pad;
  });
  parent.replaceChildren(...pads);
  return { held: () => mergeHeld(...held) };
}

function drawStick(stick: Stick): HTMLElement {
  const pad = document.createElement('div');
  pad.className = 'stick';
  pad.setAttribute('role', 'img');
  pad.setAttribute('aria-label', `${stick.label} stick: drag it`);
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 100 100');
  const path = document.createElementNS(SVG, 'path');
  const marks = [
    stick.up && 'M46 12l4-4 4 4',
    stick.down && 'M46 88l4 4 4-4',
    stick.left && 'M12 46l-4 4 4 4',
    stick.right && 'M88 46l4 4-4 4',
  ];
  path.setAttribute('d', marks.filter(Boolean).join(''));
  picture.append(path);
  const knob = document.createElement('div');
  knob.className = 'knob';
  pad.append(picture, knob);
  return pad;
}
