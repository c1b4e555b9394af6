/** What is printed on the keys of a keyboard, by `KeyboardEvent.code`: of a French one, `z` on `KeyW`. */
export interface KeyboardLayout {
  get(code: string): string | undefined;
}

/** Signs that are the same on every keyboard. */
const SIGNS: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowDown: '↓',
  ArrowRight: '→',
  Backspace: '⌫',
};

/** Where the browser does not tell, what most keyboards have there. */
const USUAL: Readonly<Record<string, string>> = {
  Comma: ',',
  Period: '.',
  Slash: '/',
  Semicolon: ';',
  Quote: "'",
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  Backquote: '`',
  Equal: '=',
  Minus: '-',
};

/** The layout of this keyboard, as far as the browser tells it (Keyboard Map API). */
export async function keyboardLayout(): Promise<KeyboardLayout> {
  const keyboard: unknown = Reflect.get(navigator, 'keyboard');
  if (!tellsLayout(keyboard)) return new Map();
  // Refused to a page in a frame of another site.
  return keyboard.getLayoutMap().catch(() => new Map());
}

/** The standard promises the rest. */
function tellsLayout(value: unknown): value is { getLayoutMap(): Promise<KeyboardLayout> } {
  return typeof value === 'object' && value !== null && 'getLayoutMap' in value;
}

/** What is printed on a key, as in `W` for `KeyW` and `Shift Left` for `ShiftLeft`. */
export function keyLabel(code: string, layout: KeyboardLayout): string {
  const printed = layout.get(code) ?? USUAL[code];
  if (SIGNS[code] !== undefined) return SIGNS[code];
  if (printed === undefined) return code.replace(/^(Key|Digit)/, '').replace(/([a-z])([A-Z0-9])/g, '$1 $2');
  const capital = printed.toUpperCase();
  return capital.length === printed.length ? capital : printed;
}
