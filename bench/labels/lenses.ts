import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderSample } from '../../src/data/index.ts';
import { median } from '../../src/data/statistics.ts';
import { measureFolder } from './measure.ts';

/** Pinholes and fisheyes: horizontal field of view in degrees, and the curve of `Lens`. */
const LENSES = [
  ...[50, 62, 75, 90, 105].map((fieldOfView) => ({ fieldOfView, curve: 1 })),
  ...[90, 110, 135].map((fieldOfView) => ({ fieldOfView, curve: 0.5 })),
  ...[90, 115, 150].map((fieldOfView) => ({ fieldOfView, curve: 0 })),
];
/** A camera in somebody's hand, and one that is screwed on. */
const GAZES = [1, 0];
const SIZE = { seconds: 20, width: 200, height: 150, fps: 15 };
const SEED = 40;

/** Renders drives through a town, each through another lens and along another way, and prints what is found of the lens. */
export async function againstLenses(): Promise<void> {
  const errors: number[] = [];
  let inRange = 0;
  for (const gaze of GAZES) {
    for (const lens of LENSES) {
      const folder = mkdtempSync(path.join(tmpdir(), 'reverie-lenses-'));
      try {
        await renderSample(folder, { ...SIZE, lens, gaze, seed: SEED + errors.length });
        const [labels] = await measureFolder(folder);
        if (labels?.fieldsOfView === undefined) throw new Error('a lens was not estimated');
        const { fieldOfView, fieldsOfView } = labels;
        const ratio = fieldOfView / lens.fieldOfView;
        const isIn = fieldsOfView.from <= lens.fieldOfView && lens.fieldOfView <= fieldsOfView.to;
        errors.push(Math.log(ratio));
        if (isIn) inRange++;
        process.stdout.write(
          `${gaze === 1 ? 'looks around' : 'looks ahead '}  curve ${lens.curve}, ${lens.fieldOfView}°: taken ` +
            `${fieldOfView.toFixed(1)}° (${ratio.toFixed(2)} of it), ${fieldsOfView.from.toFixed(0)}–` +
            `${fieldsOfView.to.toFixed(0)}° alike${isIn ? '' : ', which leaves it out'}\n`,
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  const percent = (error: number): string => `${(100 * Math.expm1(error)).toFixed(1)} %`;
  const sizes = errors.map(Math.abs);
  process.stdout.write(
    `${errors.length} lenses: off by ${percent(errors.reduce((sum, error) => sum + error, 0) / errors.length)} on ` +
      `average, ${percent(median(sizes))} in the median, ${percent(Math.max(...sizes))} at most; the range holds ` +
      `${inRange} of them\n`,
  );
}
