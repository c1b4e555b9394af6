import path from 'node:path';
import { from } from 'arquero';
import { writeAtomically } from '../../data/fileSystem.ts';
import { encodeVideo } from '../../data/index.ts';
import { curves } from '../curves.ts';
import type { Evaluation } from '../evaluation.ts';
import { encodePng } from '../pictures.ts';
import { summarize, summaryValues } from '../summary.ts';
import { reportPage } from './page.ts';
import { controlSheet, film } from './strips.ts';

/**
 * Writes an evaluation into a folder: `summary.csv`, `metrics.csv` (every curve), `rollouts.mp4` (the truth and each world side
 * by side), `controls.png` and last `report.html`. Each file appears complete or not at all, and the same
 * evaluation gives the same bytes.
 *
 * @returns the path of the report
 */
export async function writeReport(evaluation: Evaluation, folder: string): Promise<string> {
  const summary = summaryValues(summarize(evaluation), evaluation.settings.horizon);
  await writeAtomically(path.join(folder, 'summary.csv'), `${summary.toCSV()}\n`);
  await writeAtomically(path.join(folder, 'metrics.csv'), `${from(curves(evaluation)).toCSV()}\n`);
  const [first] = film(evaluation);
  const { width, height } = first!;
  await encodeVideo(path.join(folder, 'rollouts.mp4'), pixels(evaluation), {
    width,
    height,
    fps: evaluation.dataset.fps,
  });
  const sheet = controlSheet(evaluation.worlds.flatMap(({ controls }) => controls));
  await writeAtomically(path.join(folder, 'controls.png'), encodePng(sheet));
  const report = path.join(folder, 'report.html');
  await writeAtomically(report, await reportPage(evaluation));
  return report;
}

function* pixels(evaluation: Evaluation): Generator<Uint8Array> {
  for (const frame of film(evaluation)) yield frame.rgb;
}
