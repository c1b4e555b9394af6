import { type KeyboardLayout, keyLabel } from './keyboardLayout.ts';

/** Which keys of the keyboard stand for which keys of worlds; each for itself, until it is changed. */
export interface Bindings {
  /** The key of the world that a key of the keyboard stands for. */
  meant(code: string): string;
  /** The key of the keyboard that stands for a key of the world. */
  boundTo(key: string): string;
  /** What is printed on that key. */
  label(key: string): string;
  /** Lets a key of the keyboard stand for a key of the world; the two keys swap their meanings. */
  bind(code: string, key: string): void;
  reset(): void;
  readonly changed: boolean;
}

const STORE = 'reverie-keys';

/** Bindings that are remembered by the browser. */
export function createBindings(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  layout: KeyboardLayout,
): Bindings {
  let meanings = read(storage.getItem(STORE));
  const boundTo = (key: string) => [...meanings].find(([, meant]) => meant === key)?.[0] ?? key;
  return {
    meant: (code) => meanings.get(code) ?? code,
    boundTo,
    label: (key) => keyLabel(boundTo(key), layout),
    bind: (code, key) => {
      const [before, meant] = [boundTo(key), meanings.get(code) ?? code];
      meanings.set(code, key).set(before, meant);
      meanings = new Map([...meanings].filter(([from, to]) => from !== to));
      storage.setItem(STORE, JSON.stringify([...meanings]));
    },
    reset: () => {
      meanings = new Map();
      storage.removeItem(STORE);
    },
    get changed() {
      return meanings.size > 0;
    },
  };
}

/** What the browser remembers may have been written by anybody; what is no pair of names is passed over. */
function read(text: string | null): Map<string, string> {
  const meanings = new Map<string, string>();
  try {
    const parsed: unknown = JSON.parse(text ?? '[]');
    for (const pair of Array.isArray(parsed) ? parsed : []) {
      const [code, key]: unknown[] = Array.isArray(pair) ? pair : [];
      if (typeof code === 'string' && typeof key === 'string') meanings.set(code, key);
    }
  } catch {
    return new Map();
  }
  return meanings;
}
