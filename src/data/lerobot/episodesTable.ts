import { ByteWriter, type ColumnSource, parquetWrite } from 'hyparquet-writer';
import { CHUNK_SIZE, VIDEO_KEY } from './schema.ts';

type Schema = NonNullable<Parameters<typeof parquetWrite>[0]['schema']>;

/** An episode as the list of episodes has it. */
export interface EpisodeEntry {
  readonly length: number;
  readonly task: string;
  readonly source: string;
  readonly startSeconds: number;
  readonly split: string;
}

/**
 * Encodes the list of episodes, `meta/episodes` of LeRobot v3.0, with three more columns of ours. Each episode has a
 * table and a video of its own.
 */
export function encodeEpisodes(episodes: readonly EpisodeEntry[], fps: number): Uint8Array {
  const ends: number[] = [];
  for (const { length } of episodes) ends.push((ends.at(-1) ?? 0) + length);
  const seconds = episodes.map(({ length }) => length / fps);
  const chunks = episodes.map((_, i) => Math.floor(i / CHUNK_SIZE));
  const indices = episodes.map((_, i) => i);
  const zeros = episodes.map(() => 0);
  const columns: { data: ColumnSource; schema: Schema }[] = [
    whole('episode_index', indices),
    {
      data: { name: 'tasks', data: episodes.map(({ task }) => [task]) },
      schema: [
        { name: 'tasks', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      ],
    },
    whole(
      'length',
      episodes.map(({ length }) => length),
    ),
    whole('data/chunk_index', chunks),
    whole('data/file_index', indices),
    whole(
      'dataset_from_index',
      ends.map((end, i) => end - episodes[i]!.length),
    ),
    whole('dataset_to_index', ends),
    whole(`videos/${VIDEO_KEY}/chunk_index`, chunks),
    whole(`videos/${VIDEO_KEY}/file_index`, indices),
    real(`videos/${VIDEO_KEY}/from_timestamp`, zeros),
    real(`videos/${VIDEO_KEY}/to_timestamp`, seconds),
    whole('meta/episodes/chunk_index', zeros),
    whole('meta/episodes/file_index', zeros),
    text(
      'source',
      episodes.map(({ source }) => source),
    ),
    real(
      'start_seconds',
      episodes.map(({ startSeconds }) => startSeconds),
    ),
    text(
      'split',
      episodes.map(({ split }) => split),
    ),
  ];
  return encode(columns);
}

/**
 * Encodes `meta/tasks.parquet`: a table of pandas whose index is the task's text, which is what LeRobot v3.0 looks
 * tasks up by.
 */
export function encodeTasks(tasks: readonly string[]): Uint8Array {
  const column = (name: string, field: string, type: string, kind: string): unknown => ({
    ...{ name, field_name: field, pandas_type: type, numpy_type: kind, metadata: null },
  });
  const pandas = {
    index_columns: ['task'],
    column_indexes: [],
    columns: [
      column('task_index', 'task_index', 'int64', 'int64'),
      column('task', 'task', 'unicode', 'object'),
    ],
    pandas_version: '2.0.0',
  };
  const columns = [
    whole(
      'task_index',
      tasks.map((_, i) => i),
    ),
    text('task', tasks),
  ];
  return encode(columns, [{ key: 'pandas', value: JSON.stringify(pandas) }]);
}

function encode(
  columns: readonly { data: ColumnSource; schema: Schema }[],
  kvMetadata: { key: string; value: string }[] = [],
): Uint8Array {
  const writer = new ByteWriter();
  parquetWrite({
    writer,
    columnData: columns.map(({ data }) => data),
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    createdBy: 'reverie',
    kvMetadata,
  });
  return new Uint8Array(writer.getBuffer());
}

function whole(name: string, values: readonly number[]): { data: ColumnSource; schema: Schema } {
  return {
    data: { name, data: BigInt64Array.from(values, BigInt) },
    schema: [{ name, type: 'INT64', repetition_type: 'REQUIRED' }],
  };
}

function real(name: string, values: readonly number[]): { data: ColumnSource; schema: Schema } {
  return {
    data: { name, data: Float64Array.from(values) },
    schema: [{ name, type: 'DOUBLE', repetition_type: 'REQUIRED' }],
  };
}

function text(name: string, values: readonly string[]): { data: ColumnSource; schema: Schema } {
  return {
    data: { name, data: [...values] },
    schema: [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }],
  };
}
