import { ByteWriter, type ColumnSource, parquetWrite } from 'hyparquet-writer';

import { LOG_KEY } from './schema.ts';

type SchemaElement = NonNullable<Parameters<typeof parquetWrite>[0]['schema']>[number];

interface ColumnOfRows {
  readonly source: ColumnSource;
  readonly schema: readonly SchemaElement[];
}

/** The rows of an episode. */
export interface EpisodeTable {
  readonly episode: number;
  /** Number of the first row in the whole dataset. */
  readonly firstRow: number;
  readonly fps: number;
  /** Normalised actions, [length, dimensions]. */
  readonly actions: Float32Array;
  readonly dimensions: number;
  readonly confidence: ArrayLike<number>;
  readonly keys: readonly string[];
  /** The user's own actions, [length, columns]. */
  readonly log?: Float32Array;
}

/** Encodes the rows of an episode as the parquet file that LeRobot expects, with our two more columns. */
export function encodeTable(table: EpisodeTable): Uint8Array {
  const { episode, firstRow, fps, actions, dimensions, confidence, keys } = table;
  const rows = Array.from({ length: keys.length }, (_, t) => t);
  const scalar = (name: string, data: ColumnSource['data'], element: SchemaElement): ColumnOfRows => ({
    source: { name, data },
    schema: [{ ...element, name, repetition_type: 'REQUIRED' as const }],
  });
  const vector = (name: string, values: Float32Array, width: number): ColumnOfRows => ({
    source: {
      name,
      data: rows.map((t) => Array.from(values.subarray(t * width, (t + 1) * width))),
    },
    schema: [
      { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type: 'FLOAT' },
    ],
  });
  const columns: ColumnOfRows[] = [
    vector('action', actions, dimensions),
    scalar('confidence', Float32Array.from(confidence), { name: '', type: 'FLOAT' }),
    ...(table.log === undefined ? [] : [vector(LOG_KEY, table.log, table.log.length / keys.length)]),
    scalar('keys', [...keys], { name: '', type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
    scalar(
      'timestamp',
      Float32Array.from(rows, (t) => t / fps),
      { name: '', type: 'FLOAT' },
    ),
    scalar('frame_index', integers(rows), { name: '', type: 'INT64' }),
    scalar('episode_index', integers(rows.map(() => episode)), { name: '', type: 'INT64' }),
    scalar('index', integers(rows.map((t) => firstRow + t)), { name: '', type: 'INT64' }),
    scalar('task_index', integers(rows.map(() => 0)), { name: '', type: 'INT64' }),
  ];
  const writer = new ByteWriter();
  parquetWrite({
    writer,
    columnData: columns.map(({ source }) => source),
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    rowGroupSize: 100_000,
    createdBy: 'reverie',
  });
  return new Uint8Array(writer.getBuffer());
}

function integers(values: readonly number[]): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}
