import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { familyFault, familySchema } from '../model/families.ts';
import { MOTIONS } from '../world/manifest.ts';

const count = z.number().int().positive();
const stage = {
  steps: count.describe('Training steps; `--minutes` on the command line replaces it.'),
  batch: count.describe('Pictures, or sequences of latents, that are looked at together.'),
  accumulate: count
    .optional()
    .describe(
      'Batches whose mean gradient makes one step, for larger steps in the memory of one batch; 1 when left out.',
    ),
  rate: z
    .number()
    .positive()
    .describe(
      'Peak learning rate, reached after `warmup` steps; then it is lowered along a cosine, or stays.',
    ),
  warmup: z.number().int().nonnegative().describe('Steps in which the rate rises to its peak.'),
  schedule: z.enum(['cosine', 'constant']).default('cosine').describe('The rate after the warm-up.'),
  weightDecay: z.number().nonnegative().describe('Decoupled weight decay, of matrices and kernels alone.'),
  clipNorm: z.number().positive().describe('The gradient of all parameters is scaled down to this length.'),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .describe('Of the running mean of the parameters, which is what is exported.'),
  matrices: z
    .enum(['adamw', 'muon', 'sgd'])
    .describe(
      'Which update matrices get; with `muon` the rest gets AdamW, `adamw` and `sgd` are for all parameters.',
    ),
};

/** What a recipe says of the dynamics whatever their family. */
const dynamics = {
  ...stage,
  window: count.describe('Past frames that are known at play.'),
  frames: count.describe('Frames in a training sequence.'),
  contextFloor: z
    .number()
    .min(0)
    .lt(1)
    .describe('Lowest signal level of the context in training; at play it enters at `contextLevel`.'),
  contextLevel: z.number().min(0).max(1).describe('Signal level at which past frames enter at play.'),
  stillLevel: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'The same for frames at rest: a lower one keeps small mistakes from piling up where nothing renews the picture.',
    ),
  stillShare: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe(
      'How much of a frame at rest is imagined anew at play; the rest is the frame before, so that it does not flicker.',
    ),
  keyframes: z
    .number()
    .int()
    .nonnegative()
    .default(512)
    .describe(
      'Views that are remembered with their poses at play, so that what left the picture is there again; 0 for none.',
    ),
  selfContext: z
    .number()
    .min(0)
    .max(1)
    .describe("Share of sequences whose context is, in part or wholly, the model's own predictions."),
  contextRounds: z
    .number()
    .int()
    .nonnegative()
    .describe(
      'How often such a context is predicted anew from itself: mistakes pile up over as many frames.',
    ),
  still: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Share of sequences that stand still, one frame of footage again and again: a camera rarely rests, a player often does.',
    ),
  reversed: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Share of sequences that run backwards under the opposite actions: the way back, which footage seldom shows.',
    ),
  pureNoise: z.number().min(0).max(1).describe('Share of targets that start from pure noise.'),
  passes: count.describe('Denoising passes per frame at play.'),
};

/** A training recipe: what a file under `configs/` holds. */
export const trainConfig = z.strictObject({
  name: z.string().min(1).describe('What the run and its world are called.'),
  seed: z.number().int().nonnegative().describe('Of all that is drawn: the same seed, the same run.'),
  actions: z.array(z.enum(MOTIONS)).min(1).describe('Motions of the dataset that keys drive.'),
  shake: z
    .array(z.enum(MOTIONS))
    .default([])
    .describe(
      'Motions that no key drives, but of which the model is told: jolts that it would otherwise have to guess, and a guess is a blur. At play they are what the footage mostly made of them under the keys that are held.',
    ),
  autoencoder: z.strictObject({
    ...stage,
    channels: count.describe('Channels of the latent.'),
    widths: z
      .tuple([count, count, count])
      .describe('Feature channels at an eighth, a quarter and half of the size of the frames.'),
    depth: count.describe('Residual blocks at an eighth of the size, on each side.'),
    latentNoise: z
      .number()
      .nonnegative()
      .describe(
        'Standard deviation of the noise that latents are decoded under, so that small errors do not show.',
      ),
  }),
  dynamics: familySchema(dynamics).superRefine((settings, context) => {
    const fault = familyFault(settings);
    if (fault) context.addIssue({ code: 'custom', path: [fault.key], message: fault.message });
  }),
  fewStep: z
    .strictObject({
      ...stage,
      teacherPasses: count.describe('Passes of the teacher for one of the student.'),
      contextRounds: z.number().int().nonnegative().describe('As in `dynamics`.'),
      adversary: z
        .number()
        .positive()
        .optional()
        .describe(
          'Weight of a critic who learns to tell imagined pictures from footage, for sharper ones; left out: none.',
        ),
    })
    .optional()
    .describe('Left out: the dynamics are exported as they are.'),
  reprojection: z
    .strictObject({
      ...stage,
      width: count.describe('Feature channels of the convolutions.'),
      contextRounds: z
        .number()
        .int()
        .nonnegative()
        .describe(
          'How often the frames of a sequence are imagined anew, each time from what came out before.',
        ),
    })
    .optional()
    .describe(
      'Blends each picture with the one before, moved by the action, for detail that stays on what it belongs to; for the family flowWarp. Left out: pictures are shown as they are decoded.',
    ),
});

export type TrainConfig = z.infer<typeof trainConfig>;

/**
 * Reads and checks a recipe.
 *
 * @param overrides `key.path=value` settings that replace the file's
 * @throws UserError that names the key, with the nearest known key when it is misspelt
 */
export async function readConfig(path: string, overrides: readonly string[] = []): Promise<TrainConfig> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UserError(`no config at ${path}`, 'the recipes that come with Reverie are under configs/');
  });
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new UserError(`${path} is not YAML`, String(error).split('\n')[0]);
  }
  for (const override of overrides) applyOverride(raw, override);
  return checkConfig(raw, path);
}

/** Checks a parsed recipe; `where` is named in errors. */
export function checkConfig(raw: unknown, where: string): TrainConfig {
  const result = trainConfig.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = knownKeys(issue.path);
    const nearest = known.toSorted((a, b) => editDistance(a, key) - editDistance(b, key))[0]!;
    throw new UserError(
      `${where}: unknown key ${[...issue.path, key].join('.')}`,
      `did you mean ${nearest}?`,
    );
  }
  throw new UserError(`${where}: ${path || 'the file'} is wrong`, issue.message);
}

function applyOverride(raw: unknown, override: string): void {
  const match = /^([\w.]+)=(.*)$/s.exec(override);
  if (!match)
    throw new UserError(`--set ${override} is not key=value`, 'for example --set dynamics.width=256');
  const keys = match[1]!.split('.');
  let target: unknown = raw;
  for (const key of keys.slice(0, -1)) target = isRecord(target) ? target[key] : undefined;
  if (!isRecord(target)) throw new UserError(`--set ${override}: there is no ${keys.slice(0, -1).join('.')}`);
  try {
    target[keys.at(-1)!] = parse(match[2]!);
  } catch (error) {
    throw new UserError(`--set ${override} is not YAML`, String(error).split('\n')[0]);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  const shape: Record<string, unknown> = trainConfig.shape;
  let inner = path.length === 0 ? trainConfig : shape[String(path[0])];
  if (inner instanceof z.ZodOptional) inner = inner.unwrap();
  if (inner instanceof z.ZodDiscriminatedUnion)
    return inner.options.flatMap((option) =>
      option instanceof z.ZodObject ? Object.keys(option.shape) : [],
    );
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : Object.keys(shape);
}

/** The number of letters to insert, drop or change (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
