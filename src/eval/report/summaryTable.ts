/**
 * A table that names its rows in the first column; where it is too wide it scrolls, and not the page.
 *
 * @param head `th` elements of the other columns
 * @param rows `tr` elements
 */
export function summaryTable(head: readonly string[], rows: readonly string[]): string {
  return `<div class="wide"><table class="summary" style="--columns: ${head.length}"><thead><tr><td></td>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
