import type { Frame } from '../../world/types.ts';
import { HOLD_SECONDS, SHOWN_EVERY_SECONDS } from '../controls.ts';
import { type CurvePoint, curves } from '../curves.ts';
import type { EvaluatedWorld, Evaluation } from '../evaluation.ts';
import { encodePng } from '../pictures.ts';
import { rowTexts, summarize, summaryTable } from '../summary.ts';
import { type Chart, chartSvg } from './chart.ts';
import { stripHorizons, strips } from './strips.ts';
import { type CurveStyle, curveStyles, dashOf } from './style.ts';
import { STYLESHEET } from './stylesheet.ts';

const CHARTS: readonly Chart[] = [
  { title: 'PSNR, dB', field: 'psnr', margin: 'psnrMargin', format: '.0f', zero: false },
  { title: 'SSIM', field: 'ssim', margin: 'ssimMargin', format: '.1f', zero: true },
  { title: 'Sharpness, share of the truth’s', field: 'sharpness', format: '.0%', zero: true },
  { title: 'Motion, share of the truth’s', field: 'motionShare', format: '.0%', zero: true },
  { title: 'Colour drift, levels', field: 'colourDrift', format: '.1f', zero: true },
];

const MEANINGS: readonly (readonly [string, string])[] = [
  [
    'PSNR@n',
    'Agreement with the real frame, n frames after the last one the world has seen, in decibels. Higher is better. Blur and standing still are rewarded on calm footage, so read it beside sharpness and motion.',
  ],
  ['SSIM', 'Structural similarity with the real frame, 1 is equal.'],
  ['sharpness', 'Gradient magnitude as a share of the truth’s. Below 100 % is blur; far above is noise.'],
  ['motion', 'How much the picture changes per frame, as a share of the truth’s. 0 % is frozen.'],
  [
    'action shuffle',
    'Error when the world is given the actions of another start, divided by its error under the true actions, same seed. 1 ignores the controls; above 1 obeys them. The 95 % interval comes from resampling the rollouts; where they overlap in time it is too narrow.',
  ],
  [
    'turn agreement',
    'Correlation of the commanded yaw with the sideways motion seen in the imagined frames, under another start’s actions. 1 is perfect. The judge is not the estimator that labelled the footage.',
  ],
  [
    'autoencoder alone',
    'The real frames through the world’s encoder and decoder: the ceiling of what its dynamics can reach.',
  ],
  [
    'copy last frame',
    'The last real frame shown for ever. A world that does not beat it has learned no motion; beating it proves little at long horizons, where a blur does too.',
  ],
];

/** The whole report as one HTML page that needs nothing else, except `rollouts.mp4` beside it for the film. */
export async function reportPage(evaluation: Evaluation): Promise<string> {
  const { worlds, dataset, settings, starts } = evaluation;
  const points = curves(evaluation);
  const styles = curveStyles(points);
  const title = worlds.map(({ name }) => name).join(' · ');
  const seconds = (settings.horizon / dataset.fps).toFixed(1);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}: evaluation</title>
<style>${STYLESHEET}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>Evaluated on the held-out footage of <b>${escapeHtml(dataset.name)}</b>: ${starts.length} rollouts of ${settings.horizon} frames (${seconds} s), ${dataset.width}×${dataset.height} at ${formatNumber(dataset.fps)} fps, seed ${settings.seed}.</p>
</header>
<section>
<h2>Summary</h2>
${summarySection(evaluation)}
</section>
<section>
<h2>Against horizon</h2>
${legend(styles)}
<div class="charts">
${(await Promise.all(CHARTS.map((chart) => chartFigure(chart, points, styles)))).join('\n')}
</div>
<p class="note">Means over the rollouts; bands are 95 % intervals of the mean.</p>
</section>
<section>
<h2>Rollouts</h2>
<p>Each world sees real frames up to frame 0, then only the true actions. The rollouts shown are evenly spaced over the held-out footage.</p>
${rolloutStrips(evaluation)}
<video src="rollouts.mp4" controls loop muted preload="metadata"></video>
<p class="note">All rollouts one after another, from the left: ${['truth', ...worlds.map(({ name }) => name)].map(escapeHtml).join(', ')}.</p>
</section>
<section>
<h2>Controls</h2>
<p>${HOLD_SECONDS} seconds from the first start state with one key held, a picture every ${SHOWN_EVERY_SECONDS} seconds.</p>
${worlds.map((world) => controlFigure(world, worlds.length > 1)).join('\n')}
</section>
<section>
<h2>Worlds</h2>
${worlds.map(worldFacts).join('\n')}
</section>
</body>
</html>
`;
}

function summarySection(evaluation: Evaluation): string {
  const rows = summarize(evaluation);
  const table = summaryTable(rows, evaluation.settings.horizon);
  const head = table
    .columnNames()
    .map((name) => `<th scope="col">${escapeHtml(name).replace('@', '<wbr>@')}</th>`);
  const body = rowTexts(table).map(([name, ...cells], row) => {
    const numbers = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('');
    return `<tr class="${rows[row]!.kind}"><th scope="row">${escapeHtml(name!)}</th>${numbers}</tr>`;
  });
  const judge = evaluation.turnAgreementOfTruth;
  return `<div class="wide"><table class="summary"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>
${judge === undefined ? '' : `<p class="note">On the real frames and their labels the judge of turns agrees to ${judge.toFixed(2)}; a world’s turn agreement means little where this is low.</p>`}
<details><summary>What the numbers mean</summary><dl>${MEANINGS.map(([term, text]) => `<dt>${term}</dt><dd>${text}</dd>`).join('')}</dl></details>`;
}

function legend(styles: readonly CurveStyle[]): string {
  const items = styles.map(
    ({ source, kind, colour }) =>
      `<li><svg width="34" height="10" aria-hidden="true"><line x1="1" x2="33" y1="5" y2="5" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dashOf(kind).join(' ')}"/></svg>${escapeHtml(source)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

async function chartFigure(
  chart: Chart,
  points: readonly CurvePoint[],
  styles: readonly CurveStyle[],
): Promise<string> {
  return `<figure>${await chartSvg(chart, points, styles)}</figure>`;
}

function rolloutStrips(evaluation: Evaluation): string {
  const { starts, settings } = evaluation;
  const scale = axis(stripHorizons(settings.horizon).map((h) => (h === 0 ? 'frame 0' : String(h))));
  return strips(evaluation)
    .map(({ rollout, rows }) => {
      const { episode, present } = starts[rollout]!;
      const lines = rows.map(({ label, frames }) => strip(label, frames));
      return `<figure class="strips"><figcaption>Rollout ${rollout + 1}: episode ${episode.index} from frame ${present}</figcaption>${scale}${lines.join('')}</figure>`;
    })
    .join('\n');
}

function controlFigure({ name, controls }: EvaluatedWorld, named: boolean): string {
  const moments = controls[0]!.frames.map((_, i) => `${i * SHOWN_EVERY_SECONDS} s`);
  const lines = controls.map((control) => strip(control.label, control.frames));
  const caption = named ? `<figcaption>${escapeHtml(name)}</figcaption>` : '';
  return `<figure class="strips">${caption}${axis(moments)}${lines.join('')}</figure>`;
}

function axis(labels: readonly string[]): string {
  return `<span></span><div class="axis">${labels.map((label) => `<span>${label}</span>`).join('')}</div>`;
}

function strip(label: string, frames: readonly Frame[]): string {
  const pictures = frames.map((frame) => {
    const data = encodePng(frame).toString('base64');
    return `<img alt="" width="${frame.width}" height="${frame.height}" src="data:image/png;base64,${data}">`;
  });
  return `<span class="label">${escapeHtml(label)}</span><div class="row">${pictures.join('')}</div>`;
}

function worldFacts({ name, manifest }: EvaluatedWorld): string {
  const facts: Record<string, string | number | boolean> = {
    description: manifest.description,
    licence: manifest.licence,
    attribution: manifest.attribution,
    actions: manifest.actions.names.join(', '),
    'denoising passes a frame': manifest.sampling.steps,
    'memory, frames': manifest.memory.window,
    ...manifest.training,
  };
  const lines = Object.entries(facts).map(
    ([fact, value]) =>
      `<tr><th scope="row">${escapeHtml(fact)}</th><td>${escapeHtml(String(value))}</td></tr>`,
  );
  return `<h3>${escapeHtml(name)}</h3><table class="facts"><tbody>${lines.join('')}</tbody></table>`;
}

function formatNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
