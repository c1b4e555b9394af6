import type { Hello } from '../messages.ts';
import type { Bindings } from './bindings.ts';
import { element } from './elements.ts';

const MOTION_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  forward: ['forward', 'back'],
  strafe: ['to the right', 'to the left'],
  vertical: ['up', 'down'],
  yaw: ['turn right', 'turn left'],
  pitch: ['look up', 'look down'],
  roll: ['tilt right', 'tilt left'],
};

/** What a key does, in words, by the driven motion that it changes most; nothing for a key that changes none. */
export function describeKey(
  { names, driven }: Pick<Hello['actions'], 'names' | 'driven'>,
  vector: readonly number[],
): string | undefined {
  const sizes = names.map((name, dimension) =>
    driven.includes(name) ? Math.abs(vector[dimension] ?? 0) : 0,
  );
  if (Math.max(...sizes) === 0) return undefined;
  const strongest = sizes.indexOf(Math.max(...sizes));
  const [more, less] = MOTION_WORDS[names[strongest] ?? ''] ?? ['move', 'move'];
  return (vector[strongest] ?? 0) >= 0 ? more : less;
}

/**
 * Fills the help and the information panel with what the world says of itself.
 *
 * @param rebound told when the player gave a motion another key
 */
export function fillPanels(hello: Hello, bindings: Bindings, rebound: () => void): void {
  element('help-keys', HTMLElement).replaceChildren(
    ...groupKeys(hello.actions).map(({ codes, does }) => {
      const line = document.createElement('li');
      const caps = codes.map((key) => changeableKey(key, does, bindings, rebound));
      line.append(...caps, withText('span', does));
      return line;
    }),
  );
  element('info-title', HTMLElement).textContent = hello.name;
  element('description', HTMLElement).textContent = hello.description;
  const { width, height } = hello.frame;
  const facts: [string, string][] = [
    ['Attribution', hello.attribution],
    ['Licence', hello.licence],
    ['Picture', `${width} × ${height}`],
    ...Object.entries(hello.training).map(([name, value]): [string, string] => [
      sentence(name),
      typeof value === 'number' ? value.toLocaleString('en') : String(value),
    ]),
  ];
  element('facts', HTMLElement).replaceChildren(
    ...facts
      .filter(([, value]) => value !== '')
      .flatMap(([name, value]) => [withText('dt', name), withText('dd', value)]),
  );
}

/** A key of the help that takes another key of the keyboard when it is chosen. */
function changeableKey(key: string, does: string, bindings: Bindings, rebound: () => void): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'key';
  button.textContent = bindings.label(key);
  button.title = 'Choose another key';
  button.setAttribute('aria-label', `${button.textContent}: ${does}. Choose another key`);
  let waits = false;
  button.addEventListener('click', () => {
    waits = true;
    button.textContent = 'press a key';
  });
  button.addEventListener('blur', () => {
    waits = false;
    button.textContent = bindings.label(key);
  });
  button.addEventListener('keydown', (event) => {
    if (!waits || event.key === 'Shift') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key !== 'Escape' && event.key !== 'Tab') bindings.bind(event.code, key);
    button.blur();
    rebound();
  });
  return button;
}

function groupKeys(actions: Hello['actions']): { codes: string[]; does: string }[] {
  const groups = new Map<string, string[]>();
  for (const [code, vector] of Object.entries(actions.keys)) {
    const does = describeKey(actions, vector);
    if (does === undefined) continue;
    groups.set(does, [...(groups.get(does) ?? []), code]);
  }
  return [...groups].map(([does, codes]) => ({ codes, does }));
}

function withText(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** Makes a heading of a name in code, as in `Gpu minutes` of `gpuMinutes`. */
function sentence(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
