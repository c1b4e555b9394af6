import type { Held } from '../actions.ts';

/** The keys that are down. */
export interface Keyboard {
  held(): Held;
}

export interface KeyboardEvents {
  /** Whether the world knows the key. */
  drives(code: string): boolean;
  /** Whether keys go to the world at all; not while a panel is open. */
  active(): boolean;
  /** What is held has changed. */
  changed(at: number): void;
  /** A key that does not drive went down; true when it meant something. */
  pressed(event: KeyboardEvent): boolean;
}

/** Follows the keyboard; everything is let go when the window loses it. */
export function createKeyboard(events: KeyboardEvents): Keyboard {
  let down: Record<string, number> = {};
  const release = (): void => {
    if (Object.keys(down).length === 0) return;
    down = {};
    events.changed(performance.now());
  };
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !events.active()) return;
    if (!events.drives(event.code)) {
      if (!event.repeat && events.pressed(event)) event.preventDefault();
      return;
    }
    event.preventDefault();
    if (event.code in down) return;
    down[event.code] = 1;
    events.changed(event.timeStamp);
  });
  addEventListener('keyup', (event) => {
    if (!(event.code in down)) return;
    delete down[event.code];
    events.changed(event.timeStamp);
  });
  addEventListener('blur', release);
  document.addEventListener('visibilitychange', release);
  return { held: () => down };
}
