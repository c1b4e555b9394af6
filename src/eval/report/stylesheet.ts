/** Style of the report, light and dark; the charts take their colours from the custom properties. */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2129; --muted: #626a76; --line: #e1e4e8; --soft: #f5f6f8;
  --world-0: #2563c9; --world-1: #c2410c; --world-2: #0f7b5f;
  --world-3: #8b3fb8; --world-4: #9a6b00; --world-5: #be185d; --good: #0f7b5f; --bad: #c2410c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --ink: #e7e9ec; --muted: #9aa3ae; --line: #2e343d; --soft: #1c2027;
    --world-0: #74a7ff; --world-1: #ff9a62; --world-2: #4fd1a5;
    --world-3: #cf94f3; --world-4: #e5bd4f; --world-5: #fb7bb0; --good: #4fd1a5; --bad: #ff9a62;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 66rem;
  background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.8rem 0 .8rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
header p, .note, figcaption { color: var(--muted); }
.note, figcaption { font-size: .875rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem; }
th { font-weight: 500; text-align: left; }
.summary { width: 100%; table-layout: fixed; min-width: calc(9rem + var(--columns) * 6.5rem); }
.summary th, .summary td { padding: .45rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
.summary thead th { color: var(--muted); font-weight: 400; white-space: normal; vertical-align: bottom; }
.summary th:not(:first-child), .summary td { text-align: right; }
.summary th:first-child { padding-left: 0; white-space: normal; }
.summary :is(th, td):first-child { width: 15rem; }
.summary thead th { font-size: .8rem; }
.summary thead th.world { color: var(--ink); font-weight: 650; }
.summary td:not(.world) { color: var(--muted); }
.summary th small { color: var(--muted); font-weight: 400; white-space: nowrap; }
.summary td small { display: block; color: var(--muted); font-size: .75rem; }
.differences td { color: var(--ink); }
.differences .better td:last-child { color: var(--good); }
.differences .worse td:last-child { color: var(--bad); }
.facts th, .facts td { padding: .2rem 1.2rem .2rem 0; vertical-align: top; }
.facts td { overflow-wrap: anywhere; }
.facts th { color: var(--muted); font-weight: 400; white-space: nowrap; }
.remarks td:nth-child(-n+2) { white-space: nowrap; }
.remarks .up td:nth-child(2) { color: var(--good); }
.remarks .down td:nth-child(2) { color: var(--bad); }
a { color: var(--world-0); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
details { margin-top: .8rem; }
summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.2rem; font-size: .875rem; }
dt { font-weight: 600; }
dd { margin: 0; max-width: 70ch; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; padding: 0; margin: 0 0 1rem; list-style: none; font-size: .875rem; }
.legend svg { margin-right: .5rem; vertical-align: middle; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.6rem 1.4rem; }
figure { margin: 0; }
figure svg { width: 100%; height: auto; }
figure.alone { max-width: 40rem; }
.strips { display: grid; grid-template-columns: minmax(4rem, max-content) 1fr; gap: .3rem .8rem; align-items: center; margin: 1.2rem 0 1.8rem; }
.strips figcaption { grid-column: 1 / -1; }
.row, .axis { display: flex; gap: 4px; min-width: 0; }
.row img { flex: 1; min-width: 0; width: 0; height: auto; border-radius: 2px; }
.strips .label { font-size: .875rem; max-width: 9rem; overflow-wrap: anywhere; }
.axis { font-size: .75rem; color: var(--muted); }
.axis span { flex: 1; text-align: center; }
.film { margin: 1.2rem 0 1.8rem; }
.film figcaption { margin-bottom: .3rem; }
.film details { margin-top: .3rem; font-size: .875rem; }
.columns { display: flex; gap: 4px; margin-top: .2rem; font-size: .8rem; color: var(--muted); }
.columns span { flex: 1; min-width: 0; text-align: center; overflow-wrap: anywhere; }
video { display: block; width: 100%; background: var(--soft); border-radius: 3px; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  .strips, dl { grid-template-columns: 1fr; }
  .strips > span:empty { display: none; }
  .summary :is(th, td):first-child { width: 9rem; }
}
`;
