import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors.ts';

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const header = z.record(
  z.string(),
  z.union([
    z.object({
      dtype: z.literal('F32'),
      shape: z.array(z.number().int().nonnegative()),
      data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
    }),
    z.record(z.string(), z.string()),
  ]),
);

/**
 * Writes float32 tensors in the safetensors format (github.com/huggingface/safetensors): eight bytes of header
 * length, a JSON header, the data. The file appears whole or not at all.
 *
 * @param metadata strings that travel in the header's `__metadata__`
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    entries[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = JSON.stringify(entries);
  // Readers map the file into memory and want the data aligned to eight bytes.
  const text = Buffer.from(json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8, ' '));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const temporary = `${path}.partial`;
  const file = await open(temporary, 'w');
  try {
    await file.write(length);
    await file.write(text);
    for (const { data } of tensors.values())
      await file.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/**
 * Reads a safetensors file of float32 tensors.
 *
 * @throws UserError when the file is missing, cut short or not safetensors
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Map<string, NamedTensor>; metadata: Record<string, string> }> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new UserError(`cannot read ${path}`, error.message);
  });
  const damaged = (why: string): UserError =>
    new UserError(`${path} is damaged (${why})`, 'delete it and train again');
  if (bytes.length < 8) throw damaged(`${bytes.length} bytes`);
  const length = Number(bytes.readBigUInt64LE());
  if (8 + length > bytes.length) throw damaged('the header is cut short');
  let entries: z.infer<typeof header>;
  try {
    entries = header.parse(JSON.parse(bytes.toString('utf8', 8, 8 + length)));
  } catch {
    throw damaged('the header is not a table of float32 tensors');
  }
  const tensors = new Map<string, NamedTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (!('data_offsets' in entry) || !Array.isArray(entry.data_offsets)) {
      metadata = entry as Record<string, string>;
      continue;
    }
    const [from, to] = entry.data_offsets as [number, number];
    if (8 + length + to > bytes.length) throw damaged(`the data of ${name} is cut short`);
    const copy = Uint8Array.prototype.slice.call(bytes, 8 + length + from, 8 + length + to);
    tensors.set(name, {
      shape: entry.shape as number[],
      data: new Float32Array(copy.buffer, copy.byteOffset, (to - from) / 4),
    });
  }
  return { tensors, metadata };
}
