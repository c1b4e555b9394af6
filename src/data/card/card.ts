import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { counted, formatDuration } from '../../cli/progress.ts';
import { cameraSchema } from '../egomotion/camera.ts';
import { readIfThere, writeAtomically } from '../fileSystem.ts';
import { lensWarning, lensWords } from '../ingest/lensWords.ts';
import { type IngestReport, reportSchema } from '../ingest/reportSchema.ts';
import { INFO_FILE, REPORT_FILE } from '../lerobot/schema.ts';
import type { Dataset } from '../types.ts';
import { chartSvg } from './chart.ts';
import { contactSheets } from './contactSheet.ts';
import { type FrameLabels, readLabels } from './labels.ts';
import { writeOverlay } from './overlayVideo.ts';
import { coverage, cuts, histograms, overTime } from './plots.ts';

const RULED_OUT =
  ', <span class="agreeing">green</span> where they move with the scene, <span class="rejected">red</span> where they do not (people, cars, reflections) and are ruled out';

const CARD_FILE = 'card.html';
const OVERLAY_FILE = 'card/overlay.mp4';
const measuredSchema = z.object({ reverie: z.object({ camera: cameraSchema.optional() }) });

/**
 * Writes `card.html`, by which a person can judge a dataset by looking, and its film `card/overlay.mp4`; a card of
 * this very dataset that is there already is kept.
 *
 * @returns the card's path
 */
export async function writeCard(dataset: Dataset): Promise<string> {
  const { folder, info } = dataset;
  const file = path.join(folder, CARD_FILE);
  const described = await readFile(path.join(folder, INFO_FILE), 'utf8');
  const stamp = `<!-- ${contentOf(described)} -->`;
  const known = await readIfThere(file);
  if (known?.includes(stamp)) return file;
  const report = reportSchema.parse(JSON.parse(await readFile(path.join(folder, REPORT_FILE), 'utf8')));
  const labels: FrameLabels[] = [];
  for (const episode of info.episodes) labels.push(...(await readLabels(dataset, episode)));
  const { camera } = measuredSchema.parse(JSON.parse(described)).reverie;
  const poster = await writeOverlay(dataset, path.join(folder, OVERLAY_FILE), camera);
  const covered = coverage(info.actionNames, labels);
  const sheets = await contactSheets(dataset);
  const sections = [
    ['Footage', `${listing(report, info.fps)}<figure>${await chartSvg(cuts(report, info.fps))}</figure>`],
    [
      'Labels on the footage',
      `<video src="${OVERLAY_FILE}" poster="data:image/png;base64,${poster.toString('base64')}" controls loop muted preload="none"></video><p class="note">Lines: tracked points and where they go${camera === undefined ? '' : RULED_OUT}. Keys that would have been held light up. Bar below: yaw; at the right: forward; above: confidence.</p>`,
    ],
    ['Actions', `<figure>${await chartSvg(histograms(info.actionNames, labels))}</figure>`],
    ['Keys', keyTable(labels)],
    ...(covered === undefined ? [] : [['Coverage', `<figure>${await chartSvg(covered)}</figure>`] as const]),
    ['Over time', `<figure>${await chartSvg(overTime(info, labels))}</figure>`],
    ['Contact sheet', sheets.map(({ title, png }) => sheet(title, png)).join('')],
  ] as const;
  await writeAtomically(file, page(dataset, stamp, sections));
  return file;
}

function contentOf(info: string): string {
  return /"content": "(\w+)"/.exec(info)?.[1] ?? '';
}

function sheet(title: string, png: Buffer): string {
  return `<figure><img alt="" src="data:image/png;base64,${png.toString('base64')}"><figcaption>${escapeHtml(title)}</figcaption></figure>`;
}

/** Every clip with what was left out, when and why, and every file that was no use. */
function listing({ clips, bad }: IngestReport, fps: number): string {
  const rows = clips.map(({ file, seconds, left, repeated, lens, log, confidence }) => {
    const gaps = left.map(
      ({ from, to, reason }) => `${(from / fps).toFixed(1)}–${(to / fps).toFixed(1)} s: ${reason}`,
    );
    if (repeated.length > 0) gaps.push(counted(repeated.length, 'repeated frame'));
    const aligned =
      log === undefined
        ? ''
        : `; ${log.motion} follows ${log.column} by ${log.lagSeconds.toFixed(2)} s (r = ${log.correlation.toFixed(2)})`;
    const view = lens === undefined ? '' : `; lens ${lensWords(lens)}`;
    return `<tr><th scope="row">${escapeHtml(file)}</th><td>${formatDuration(seconds)}${view}${escapeHtml(aligned)}, confidence ${confidence.toFixed(2)}</td><td>${gaps.map(escapeHtml).join('<br>') || 'kept whole'}</td></tr>`;
  });
  const unusable = bad.map(
    ({ file, reason }) =>
      `<tr><th scope="row">${escapeHtml(file)}</th><td>not used</td><td>${escapeHtml(reason)}</td></tr>`,
  );
  const warnings = new Set(
    clips.flatMap(({ lens }) => (lens === undefined ? [] : (lensWarning(lens) ?? []))),
  );
  const notes = [...warnings].map((warning) => `<p class="warning">Mind: ${escapeHtml(warning)}.</p>`);
  return `${notes.join('')}<table>${[...rows, ...unusable].join('')}</table>`;
}

function keyTable(labels: readonly FrameLabels[]): string {
  const counts = new Map<string, number>();
  for (const { keys } of labels) {
    for (const key of keys.length === 0 ? ['none'] : keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(
      ([key, count]) =>
        `<tr><th scope="row">${key}</th><td>${((100 * count) / labels.length).toFixed(1)} %</td></tr>`,
    );
  return `<table>${rows.join('')}</table>`;
}

function page({ info }: Dataset, stamp: string, sections: readonly (readonly [string, string])[]): string {
  const frames = info.episodes.reduce((sum, { length }) => sum + length, 0);
  const facts = `${counted(info.episodes.length, 'episode')}, ${formatDuration(frames / info.fps)} at ${Number(info.fps.toFixed(2))} frames per second, ${info.width}×${info.height}`;
  const body = sections.map(([title, html]) => `<section><h2>${title}</h2>${html}</section>`).join('\n');
  return `<!doctype html>
${stamp}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.name)}: dataset card</title>
<style>${STYLESHEET}</style>
</head>
<body>
<h1>${escapeHtml(info.name)}</h1>
<p class="note">${facts}</p>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLESHEET = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2129; --muted: #626a76; --line: #e1e4e8; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171c; --ink: #e7e9ec; --muted: #9aa3ae; --line: #2e343d; } }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .8rem; }
table { border-collapse: collapse; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1.2rem .2rem 0; font-weight: 400; }
.warning { border-left: 3px solid #c2410c; padding-left: .8rem; }
.agreeing { color: #1a9c3f; } .rejected { color: #dc3228; }
.note, figcaption { color: var(--muted); font-size: .875rem; }
figure { margin: 0 0 1rem; overflow-x: auto; }
img, video { max-width: 100%; image-rendering: pixelated; }
video { width: 100%; max-height: 80vh; }
`;
