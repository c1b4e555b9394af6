import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

/** A public dataset: `datasets/<name>.yaml`. */
export const manifestSchema = z.strictObject({
  title: z.string().min(1),
  /** What the pictures show, in a sentence. */
  description: z.string().min(1),
  /** SPDX name, or words where there is none. */
  licence: z.string().min(1),
  attribution: z.string().min(1),
  homepage: z.url(),
  files: z
    .array(
      z.strictObject({
        /** The name that the file gets. */
        name: z.string().regex(/^[\w.-]+$/),
        url: z.url(),
        bytes: z.number().int().positive(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1),
});

export type DatasetManifest = z.infer<typeof manifestSchema>;

const FOLDER = fileURLToPath(new URL('../../../datasets', import.meta.url));

/**
 * Reads a manifest.
 *
 * @param name of a manifest in `datasets/`, or the path of a .yaml file
 * @throws UserError that lists the known names, or says what is wrong with the file
 */
export async function readManifest(name: string): Promise<DatasetManifest> {
  const own = name.endsWith('.yaml');
  const file = own ? name : path.join(FOLDER, `${name}.yaml`);
  const text = await readFile(file, 'utf8').catch(async () => {
    if (own) throw new UserError(`${file} cannot be read`, 'check the path of the manifest');
    throw new UserError(`no dataset called ${name}`, `known are ${(await manifestNames()).join(', ')}`);
  });
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new UserError(`${file} is not YAML`, String(error).split('\n')[0]);
  }
  const result = manifestSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`${file}: ${issue?.path.join('.') || 'the file'} is wrong`, issue?.message);
}

/** The names of the manifests that come with Reverie. */
export async function manifestNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files.flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : [])).toSorted();
}
