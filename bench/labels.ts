/**
 * How good the labels are, against exact poses, metric poses, drivers' logs, and vid.stab as a second estimator:
 *
 *   npx tsx bench/labels.ts [--town] [--lenses] [--street <folder>] [--logs <folder>]…
 *
 * --lenses renders towns through many lenses and says which `ingest` takes them for.
 * `<folder>` holds `NNN.mp4` with `NNN.csv` beside it: poses (tx_m … r33) for --street, `steering` and `throttle`
 * for --logs. Each folder is one camera, calibrated as `ingest` calibrates it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { renderSample } from '../src/data/index.ts';
import { median } from '../src/data/statistics.ts';
import { againstLenses } from './labels/lenses.ts';
import { type Labels, measureFolder } from './labels/measure.ts';
import { directionError, poseMotion } from './labels/poses.ts';
import { bestLag, correlation, macroF1 } from './labels/scores.ts';
import { vidstabShift } from './labels/vidstab.ts';

const DEGREES = 180 / Math.PI;
const { values } = parseArgs({
  options: {
    town: { type: 'boolean', default: false },
    lenses: { type: 'boolean', default: false },
    street: { type: 'string' },
    logs: { type: 'string', multiple: true, default: [] },
  },
});

if (values.town) {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-labels-'));
  try {
    await renderSample(folder, { seconds: 16, width: 256, height: 192, fps: 20, seed: 2 });
    await againstPoses('rendered town', folder, 80);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (values.lenses) await againstLenses();
if (values.street !== undefined) {
  await againstPoses('street, focal length known', values.street, 81.8);
  await againstPoses('street, focal length estimated', values.street);
}
for (const folder of values.logs) await againstLogs(folder);

async function againstPoses(title: string, folder: string, fieldOfView?: number): Promise<void> {
  const [labels] = await measureFolder(folder, fieldOfView);
  if (labels === undefined) throw new Error(`no video in ${folder}`);
  const truth = poseMotion(readNumbers(labels.csv));
  const error = (name: 'yaw' | 'pitch' | 'roll'): string =>
    `${(median(truth[name].map((value, t) => Math.abs(value - labels.motion[name][t]!))) * DEGREES).toFixed(3)}°`;
  const sum = (series: readonly number[]): number => series.reduce((total, value) => total + value, 0);
  const turned = sum(truth.yaw.map(Math.abs));
  const missed = Math.abs(sum(labels.motion.yaw) - sum(truth.yaw));
  print(title, {
    'field of view': `${labels.fieldOfView.toFixed(1)}°`,
    'yaw, pitch, roll error (median)': `${error('yaw')}, ${error('pitch')}, ${error('roll')}`,
    'direction of translation (median)': `${(directionError(labels.motion, truth) * DEGREES).toFixed(2)}°`,
    'yaw correlation': correlation(labels.motion.yaw, truth.yaw).toFixed(4),
    'total turn error': `${((100 * missed) / turned).toFixed(1)} % of all turning`,
    'vid.stab: sideways shift against yaw': correlation(
      labels.motion.yaw,
      await vidstabShift(labels.video),
    ).toFixed(3),
  });
}

async function againstLogs(folder: string): Promise<void> {
  const clips = await measureFolder(folder);
  const rows: { name: string; match: number; lag: number; vidstab: number; f1: number }[] = [];
  for (const labels of clips) {
    const { steering, throttle } = driverLog(labels);
    let smooth = 0;
    // A car does not follow the throttle at once: an average over about half a second.
    const speed = throttle.map((value) => {
      smooth += 0.1 * (value - smooth);
      return smooth;
    });
    const turning = steering.map((value, t) => value * speed[t]!);
    const { lag, match } = bestLag(labels.motion.yaw, turning);
    const vidstab = correlation(labels.motion.yaw, await vidstabShift(labels.video));
    rows.push({ name: labels.name, match, lag, vidstab, f1: macroF1(labels.keys, steering, lag) });
  }
  for (const { name, match, lag, vidstab, f1 } of rows) {
    process.stdout.write(
      `${name}: yaw ${match.toFixed(3)} at lag ${lag}, vid.stab ${vidstab.toFixed(3)}, keys F1 ${f1.toFixed(3)}\n`,
    );
  }
  print(`${path.basename(folder)}, median of ${rows.length} clips`, {
    'field of view': `${clips[0]!.fieldOfView.toFixed(0)}°`,
    'yaw with steering × smoothed throttle': median(rows.map(({ match }) => match)).toFixed(3),
    'turning keys, macro-F1': median(rows.map(({ f1 }) => f1)).toFixed(3),
    'vid.stab: sideways shift against yaw': median(rows.map(({ vidstab }) => vidstab)).toFixed(3),
  });
}

function driverLog({ csv }: Labels): { steering: number[]; throttle: number[] } {
  const head = readFileSync(csv, 'utf8').split('\n')[0]!.trim().split(',');
  const rows = readNumbers(csv);
  const column = (name: string): number[] => rows.map((row) => row[head.indexOf(name)]!);
  return { steering: column('steering'), throttle: column('throttle') };
}

function readNumbers(csv: string): number[][] {
  const lines = readFileSync(csv, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.split(',').map(Number));
}

function print(title: string, figures: Readonly<Record<string, string>>): void {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  const lines = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  process.stdout.write(`${title}\n${lines.join('\n')}\n`);
}
