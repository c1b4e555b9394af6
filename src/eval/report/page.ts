import { encodePng } from '../../data/pictures.ts';
import { escapeHtml } from '../../html.ts';
import type { Frame } from '../../world/types.ts';
import { HOLD_SECONDS, SHOWN_EVERY_SECONDS } from '../controls.ts';
import type { EvaluatedSource, Evaluation } from '../evaluation.ts';
import type { Comparison, Result } from '../results.ts';
import type { Summary } from '../summary.ts';
import type { Sequence, SourceKind } from '../types.ts';
import { chartSvg } from './chart.ts';
import { htmlPage } from './document.ts';
import { legend } from './legend.ts';
import { type CurveStyle, curveStyles } from './style.ts';
import { differenceTables, summaryTables } from './tables.ts';

/** What each source made of one start, as a video and as its frames. */
export interface Film {
  readonly start: number;
  /** Names of the sources from left to right. */
  readonly columns: readonly string[];
  readonly sequences: readonly Sequence[];
  /** H.264 in mp4, the pictures side by side. */
  readonly video: Uint8Array;
}

/** The films play by themselves, but not for people who have asked their system for less motion. */
const STILL_IF_WISHED = `
if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
  for (const film of document.querySelectorAll('video')) {
    film.autoplay = false;
    film.pause();
  }
}`;

/** Pictures in a strip besides the first. */
const STRIP = 6;

const SOURCES: Readonly<Record<Exclude<SourceKind, 'world'>, string>> = {
  autoencoder: 'The real frames through the world’s encoder and decoder: no dynamics can do better.',
  flow: 'The last real frame moved on along its own optical flow: what inertia alone achieves.',
  copy: 'The last real frame shown for ever. A world that does not beat it has learned no motion; beating it proves little at long horizons, where a blur does too.',
  real: 'The held-out footage measured like a world: what a perfect one would score, judged with the same limited eyes.',
};

/** The whole report as one HTML page that needs no other file and no network. */
export async function reportPage(
  evaluation: Evaluation,
  rows: readonly Result[],
  differences: readonly Comparison[],
  summary: Summary,
  films: readonly Film[],
): Promise<string> {
  const { sources, dataset, settings, starts } = evaluation;
  const worlds = sources.filter(({ kind }) => kind === 'world');
  const styles = curveStyles(sources);
  const title = worlds.map(({ name }) => name).join(' · ');
  const seconds = (settings.horizon / dataset.fps).toFixed(1);
  const times = settings.seeds === 1 ? '' : `, each with ${settings.seeds} seeds`;
  const body = `<header>
<h1>${escapeHtml(title)}</h1>
<p>Evaluated on the held-out footage of <b>${escapeHtml(dataset.name)}</b>: ${starts.length} rollouts of ${settings.horizon} frames (${seconds} s)${times}, ${dataset.width}×${dataset.height} at ${formatNumber(dataset.fps)} fps, seed ${settings.seed}.</p>
</header>
<section>
<h2>Rollouts</h2>
<p>Each world sees real frames up to the first one shown, then only the true actions. The rollouts are evenly spaced over the held-out footage, not picked.</p>
${films.map((film) => filmFigure(film, evaluation)).join('\n')}
</section>
<section>
<h2>Summary</h2>
${summaryTables(summary)}
<p class="note">Over whole rollouts, with the 95 % interval from resampling clips${settings.seeds === 1 ? '' : ' and seeds'}. ↑ higher is better, ↓ lower is better. A dash: too few rollouts say anything, or the question does not apply.</p>
</section>
<section>
<h2>Against horizon</h2>
${legend(styles)}
<div class="charts">
${(await charts(evaluation, rows, styles)).join('\n')}
</div>
<p class="note">Means over the rollouts; bands are 95 % intervals. Where the very frames that were filmed are the yardstick, the footage is perfect by definition and the autoencoder is the ceiling.</p>
</section>
<section>
<h2>Differences</h2>
<p>Paired, rollout by rollout. p is the chance of so large a difference if it made none which source is which; one in twenty is below 0.05 by chance alone.</p>
${differenceTables(differences)}
</section>
<section>
<h2>Controls</h2>
<p>${HOLD_SECONDS} seconds from the first start state with one key held, a picture every ${SHOWN_EVERY_SECONDS} seconds.</p>
${worlds.map((world) => controlFigure(world, worlds.length > 1)).join('\n')}
</section>
<section>
<h2>What the numbers mean</h2>
${meanings(evaluation)}
</section>
<section>
<h2>Worlds</h2>
${worlds.map(worldFacts).join('\n')}
</section>
<script>${STILL_IF_WISHED}</script>`;
  return htmlPage(`${title}: evaluation`, body);
}

async function charts(
  { metrics }: Evaluation,
  rows: readonly Result[],
  styles: readonly CurveStyle[],
): Promise<string[]> {
  const figures: string[] = [];
  for (const metric of metrics) {
    if (metric.points === undefined) continue;
    const points = rows.filter(
      (row) =>
        row.metric === metric &&
        row.horizon !== undefined &&
        row.value !== undefined &&
        !(row.kind === 'real' && metric.againstTruth),
    );
    if (points.length > 0) figures.push(`<figure>${await chartSvg(metric, points, styles)}</figure>`);
  }
  return figures;
}

function filmFigure({ start, columns, sequences, video }: Film, { starts, settings }: Evaluation): string {
  const { episode, present } = starts[start]!;
  const names = columns.map((name) => `<span>${escapeHtml(name)}</span>`).join('');
  const source = `data:video/mp4;base64,${Buffer.from(video).toString('base64')}`;
  const horizons = [
    ...new Set(Array.from({ length: STRIP + 1 }, (_, i) => Math.round((i * settings.horizon) / STRIP))),
  ];
  const lines = sequences.map((sequence, i) =>
    strip(
      columns[i]!,
      horizons.map((horizon) => (horizon === 0 ? sequence.before : sequence.frames[horizon - 1]!)),
    ),
  );
  const moments = axis(horizons.map((horizon) => `frame ${horizon}`));
  return `<figure class="film"><figcaption>Episode ${episode.index} from frame ${present}</figcaption>
<video src="${source}" controls autoplay loop muted playsinline></video>
<div class="columns">${names}</div>
<details><summary>frame by frame</summary><div class="strips">${moments}${lines.join('')}</div></details></figure>`;
}

function controlFigure({ name, world }: EvaluatedSource, named: boolean): string {
  if (world === undefined) return '';
  const moments = world.controls[0]!.frames.map((_, i) => `${i * SHOWN_EVERY_SECONDS} s`);
  const lines = world.controls.map((control) => strip(control.label, control.frames));
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

function meanings({ metrics, sources }: Evaluation): string {
  const kinds = [...new Set(sources.map(({ kind }) => kind))];
  const references = kinds.flatMap((kind) => {
    if (kind === 'world') return [];
    const name = sources.find((source) => source.kind === kind)!.name.replace(/^.*, /, '');
    return [`<dt>${escapeHtml(name)}</dt><dd>${SOURCES[kind]}</dd>`];
  });
  const terms = metrics.map(
    ({ title, answers, fooledBy }) =>
      `<dt>${escapeHtml(title)}</dt><dd>${escapeHtml(answers)}<br><span class="note">Fooled by: ${escapeHtml(fooledBy)}</span></dd>`,
  );
  return `<dl>${terms.join('')}${references.join('')}</dl>`;
}

function worldFacts({ name, world }: EvaluatedSource): string {
  if (world === undefined) return '';
  const { manifest } = world;
  const facts: Record<string, string | number | boolean> = {
    description: manifest.description,
    licence: manifest.licence,
    attribution: manifest.attribution,
    actions: manifest.actions.driven.join(', '),
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
