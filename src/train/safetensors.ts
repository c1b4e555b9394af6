import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { sizeOf } from '../engine/graph.ts';
import { UserError } from '../errors.ts';

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const offset = z.number().int().nonnegative();
const entry = z.object({
  dtype: z.literal('F32'),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([offset, offset]),
});
const header = z.object({ __metadata__: z.record(z.string(), z.string()).default({}) }).catchall(entry);

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
  const json = Buffer.from(JSON.stringify(entries));
  // Readers map the file into memory and want the data aligned to eight bytes.
  const text = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(text);
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
  let parsed: z.infer<typeof header>;
  try {
    parsed = header.parse(JSON.parse(bytes.toString('utf8', 8, 8 + length)));
  } catch {
    throw damaged('the header is not a table of float32 tensors');
  }
  const { __metadata__: metadata, ...entries } = parsed;
  const data = bytes.subarray(8 + length);
  const tensors = new Map<string, NamedTensor>();
  let end = 0;
  for (const [name, { shape, data_offsets }] of Object.entries(entries)) {
    const [from, to] = data_offsets;
    if (to > data.length) throw damaged(`the data of ${name} is cut short`);
    if (to - from !== 4 * sizeOf(shape)) throw damaged(`${name} has ${to - from} bytes for [${shape}]`);
    tensors.set(name, { shape, data: new Float32Array(Uint8Array.from(data.subarray(from, to)).buffer) });
    end = Math.max(end, to);
  }
  if (end !== data.length) throw damaged(`${data.length - end} bytes too many`);
  return { tensors, metadata };
}
