import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { encodePng } from '../data/pictures.ts';
import type { Frame } from '../world/types.ts';
import { openEvents } from './tensorboard.ts';

/** What a line of `metrics.jsonl` holds, beside its stage. */
const line = z.object({
  step: z.number(),
  /** Of the step's batch. */
  loss: z.number().optional(),
  /** Length of the gradient before it is clipped. */
  norm: z.number().optional(),
  rate: z.number().optional(),
  /** Of batches that are never trained on, under the averaged weights. */
  heldOut: z.number().optional(),
});
export type LogLine = z.infer<typeof line>;
const stagedLine = z.object({ stage: z.string(), ...line.shape });
export type StagedLine = z.infer<typeof stagedLine>;

/** Where a stage writes how it goes. */
export interface RunLog {
  /** The lines of this stage so far. */
  readonly lines: readonly LogLine[];
  write(line: LogLine): void;
  /** Keeps a picture of how far the model is, as `samples/<stage>-<step>.png`. */
  picture(step: number, picture: Frame): void;
  close(): void;
}

export const METRICS = 'metrics.jsonl';
export const SAMPLES = 'samples';

/** The lines of a run's `metrics.jsonl`; one that was cut when the run was killed is left out. */
export function readMetrics(run: string): StagedLine[] {
  const path = join(run, METRICS);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return [stagedLine.parse(JSON.parse(text))];
      } catch {
        return [];
      }
    });
}

/**
 * Opens the log of a stage: `metrics.jsonl` without the lines that a resumed run will write again, TensorBoard's
 * event files under `tensorboard/`, and pictures.
 *
 * @param step of the checkpoint that the stage goes on from
 */
export function openLog(run: string, stage: string, step: number): RunLog {
  const path = join(run, METRICS);
  const kept = readMetrics(run).filter((known) => known.stage !== stage || known.step <= step);
  if (existsSync(path)) writeFileSync(path, kept.map((known) => `${JSON.stringify(known)}\n`).join(''));
  const events = openEvents(join(run, 'tensorboard', stage));
  const lines: LogLine[] = kept.filter((known) => known.stage === stage);
  return {
    lines,
    write(entry) {
      lines.push(entry);
      appendFileSync(path, `${JSON.stringify({ stage, ...entry })}\n`);
      const { step: at, ...numbers } = entry;
      for (const [name, value] of Object.entries(numbers))
        if (value !== undefined) events.scalar(name, at, value);
    },
    picture(at, picture) {
      const folder = join(run, SAMPLES);
      mkdirSync(folder, { recursive: true });
      const png = encodePng(picture);
      writeFileSync(join(folder, `${stage}-${String(at).padStart(7, '0')}.png`), png);
      events.image('sample', at, png, picture);
    },
    close: () => events.close(),
  };
}
