import type { Bindings } from './bindings.ts';

/**
 * Writes on everything that a key does which key that is, since keys can be given other meanings: on each `kbd` with
 * `data-key`, and into the titles of buttons that have one.
 */
export function labelShortcuts(bindings: Pick<Bindings, 'boundTo' | 'label'>): void {
  for (const shortcut of document.querySelectorAll<HTMLElement>('[data-key]')) {
    const keys = shortcut.dataset.key!.split(' ');
    const labels = keys.map(bindings.label);
    if (shortcut.tagName === 'KBD') {
      shortcut.textContent = labels.join(' ');
      continue;
    }
    shortcut.title = `${shortcut.title.replace(/ \(.*\)$/, '')} (${labels.join(' or ')})`;
    shortcut.setAttribute('aria-keyshortcuts', keys.map((key) => ariaKey(bindings, key)).join(' '));
  }
}

/** A key by the name that ARIA has for it: what it types, or its name where that is nothing. */
function ariaKey({ boundTo, label }: Pick<Bindings, 'boundTo' | 'label'>, key: string): string {
  const code = boundTo(key);
  return /^(Arrow|Backspace|Space)/.test(code) ? code : label(key).replaceAll(' ', '');
}
