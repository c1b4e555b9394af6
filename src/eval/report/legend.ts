import { escapeHtml } from '../../html.ts';
import { type CurveStyle, dashOf } from './style.ts';

/** Which line is which, for all charts of a page. */
export function legend(styles: readonly CurveStyle[]): string {
  const items = styles.map(
    ({ source, kind, colour }) =>
      `<li><svg width="34" height="10" aria-hidden="true"><line x1="1" x2="33" y1="5" y2="5" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dashOf(kind).join(' ')}"/></svg>${escapeHtml(source)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}
