import { formatDuration } from '../../cli/progress.ts';
import { escapeHtml } from '../../html.ts';

/** How far a stage is. */
export interface StageStatus {
  readonly stage: string;
  readonly step: number;
  readonly total: number;
  /** Moving average. */
  readonly loss: number;
  readonly msPerStep: number;
}

/** What the page shows of a run, drawn anew every few seconds. */
export function liveView(
  status: StageStatus | undefined,
  stages: readonly { readonly stage: string; readonly curve: string; readonly sample: string | undefined }[],
): string {
  const sections = stages.map(
    ({ stage, curve, sample }) =>
      `<section><h2>${escapeHtml(stage)}</h2><figure>${curve}<figcaption>Loss by step; the dots are batches of held-out footage.</figcaption></figure>${
        sample === undefined
          ? ''
          : `<figure><img src="samples/${encodeURIComponent(sample)}" alt="Held-out footage above what the model makes of it"><figcaption>${
              stage === 'autoencoder'
                ? 'Held-out frames above what the autoencoder makes of them.'
                : 'Held-out footage, five frames apart, above what the model imagines from the same actions.'
            } <span>${escapeHtml(sample)}</span></figcaption></figure>`
      }</section>`,
  );
  return `${status === undefined ? '<p class="status">Getting ready…</p>' : statusLine(status)}${sections.toReversed().join('')}`;
}

function statusLine({ stage, step, total, loss, msPerStep }: StageStatus): string {
  const left = formatDuration(((total - step) * msPerStep) / 1000);
  const percent = Math.floor((100 * step) / total);
  return `<p class="status"><strong>${escapeHtml(stage)}</strong> step ${step} of ${total} · loss ${loss.toFixed(4)} · ${msPerStep.toFixed(0)} ms a step · ${left} left</p>
<progress max="100" value="${percent}" aria-label="${escapeHtml(stage)}">${percent} %</progress>`;
}

/** The page around it. It needs nothing from the network but `view` and the pictures. */
export function livePage(name: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)} · training</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(name)}</h1><p id="note" role="status">training</p></header><main id="view"></main>
<script src="live.js"></script></body></html>`;
}

/** Fetches the view again and again; a run that has ended keeps its last one. */
export const LIVE_SCRIPT = `
const view = document.getElementById('view');
const note = document.getElementById('note');
let shown = '';
const refresh = async () => {
  try {
    const text = await (await fetch('view', { cache: 'no-store' })).text();
    if (text !== shown) view.innerHTML = shown = text;
    note.textContent = 'training';
  } catch {
    note.textContent = 'Training has ended or was stopped; this is its last state.';
  }
  setTimeout(refresh, 3000);
};
refresh();
`;

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2129; --muted: #626a76; --line: #e1e4e8; --accent: #b45309; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171c; --ink: #e7e9ec; --muted: #9aa3ae; --line: #2e343d; --accent: #f0a04b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 64rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; grid-column: 1 / -1; }
header p, figcaption { color: var(--muted); margin: 0; font-size: .875rem; }
.status { font-variant-numeric: tabular-nums; margin: 1rem 0 .5rem; }
progress { width: 100%; height: .5rem; accent-color: var(--accent); }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem 1.5rem; margin-top: 1.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
figure { margin: 0; min-width: 0; }
figure svg, figure img { width: 100%; height: auto; display: block; margin-bottom: .4rem; }
figure img { border-radius: 4px; }
figcaption span { white-space: nowrap; }
`;
