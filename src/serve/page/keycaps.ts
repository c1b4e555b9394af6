import type { Held } from '../actions.ts';
import type { Bindings } from './bindings.ts';

/** The keys of the world, drawn as they are pressed. */
export interface Keycaps {
  /**
   * @param held how strongly each key is held
   * @param byPlayer whether a person holds them; what the world does by itself is shown more softly
   */
  show(held: Held, byPlayer: boolean): void;
}

const CLUSTERS = [
  { KeyW: 'up', KeyA: 'left', KeyS: 'down', KeyD: 'right' },
  { ArrowUp: 'up', ArrowLeft: 'left', ArrowDown: 'down', ArrowRight: 'right' },
];

/**
 * Puts the world's keys on the page, arranged as on a keyboard.
 *
 * @param parent what they are put into, in place of what was there
 * @param known the keys that the world knows
 * @param bindings what is printed on them
 */
export function createKeycaps(
  parent: HTMLElement,
  known: readonly string[],
  bindings: Pick<Bindings, 'label'>,
): Keycaps {
  const caps = new Map<string, HTMLElement>();
  const clusters = CLUSTERS.map((cluster) => {
    const box = document.createElement('div');
    box.className = 'cluster';
    for (const [code, place] of Object.entries(cluster)) {
      if (!known.includes(code)) continue;
      const cap = document.createElement('div');
      cap.className = `cap ${place}`;
      const label = document.createElement('span');
      label.textContent = bindings.label(code);
      cap.append(label);
      box.append(cap);
      caps.set(code, cap);
    }
    return box;
  });
  parent.replaceChildren(...clusters.filter((cluster) => cluster.childElementCount > 0));
  return {
    show: (held, byPlayer) => {
      for (const [code, cap] of caps) {
        const strength = held[code] ?? 0;
        cap.style.setProperty('--strength', strength.toFixed(2));
        cap.classList.toggle('pressed', byPlayer && strength > 0);
      }
    },
  };
}
