import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

const positive = z.number().positive();

/** What ingest leaves out of footage and where it cuts; `configs/ingest.yaml` says what each number means. */
export const rulesSchema = z.strictObject({
  blackBrightness: positive,
  emptyTexture: positive,
  coveredTexture: positive,
  coveredContrast: positive,
  coveredFollowed: positive,
  frozenChange: positive,
  flawSeconds: positive,
  frozenSeconds: positive,
  repeatedChange: z.number().nonnegative(),
  cutChange: positive,
  cutContrast: positive,
  cutRedistribution: positive,
  cutFollowed: positive,
  duplicateBits: z.number().nonnegative(),
  shortestSeconds: positive,
  longestSeconds: positive,
  validation: z.number().min(0).lt(1),
});

export type Rules = z.infer<typeof rulesSchema>;

const DEFAULT_FILE = fileURLToPath(new URL('../../../configs/ingest.yaml', import.meta.url));

/**
 * Reads and checks ingest rules.
 *
 * @param file a YAML file like `configs/ingest.yaml`, which is the default
 * @throws UserError that names the file and the key
 */
export async function readRules(file: string = DEFAULT_FILE): Promise<Rules> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`no config at ${file}`, 'copy configs/ingest.yaml and change what you need');
  });
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new UserError(`${file} is not YAML`, String(error).split('\n')[0]);
  }
  const result = rulesSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    throw new UserError(
      `${file}: unknown key ${issue.keys[0]}`,
      `it may have ${Object.keys(rulesSchema.shape).join(', ')}`,
    );
  }
  throw new UserError(`${file}: ${issue.path.join('.') || 'the file'} is wrong`, issue.message);
}
