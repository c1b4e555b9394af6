import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { MOTIONS, type Motion } from '../../world/manifest.ts';

/** Somebody's own record of what they did, as it stands in a CSV file. */
export interface ActionLog {
  readonly names: readonly string[];
  /** Seconds of each row, rising. */
  readonly seconds: Float64Array;
  /** [rows, names] */
  readonly values: Float64Array;
}

/** A log at the times of a clip's frames. */
export interface AlignedLog {
  readonly names: readonly string[];
  /** [frames, names]; before and after the log its first and last row. */
  readonly values: Float32Array;
  /** Seconds by which the pictures follow the log: add it to the log's clock to get the video's. */
  readonly lagSeconds: number;
  /** The column and the derived motion that told the lag, and their correlation at it. */
  readonly column: string;
  readonly motion: Motion;
  readonly correlation: number;
}

const TIME_COLUMNS = ['time_s', 'time', 'timestamp', 'seconds', 't'];
/** Clocks of a log and a video are taken to differ by at most this. */
const MOST_LAG_SECONDS = 3;
const FEWEST_ROWS = 10;

/**
 * Reads a log: a CSV with a head, a column `frame` counted from 0 or one of seconds named time_s, time, timestamp,
 * seconds or t, and columns of numbers. Columns that are not numbers are passed over.
 *
 * @param fps turns frame numbers into seconds
 * @throws UserError that names the file, and the line where there is one
 */
export async function readActionLog(file: string, fps: number): Promise<ActionLog> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`no action log at ${file}`, 'check the path given to --actions');
  });
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const head = (lines[0] ?? '').split(',').map((name) => name.trim());
  const rows = lines.slice(1).map((line) => line.split(',').map((cell) => Number(cell.trim() || Number.NaN)));
  const ragged = rows.findIndex((row) => row.length !== head.length);
  if (ragged >= 0) {
    throw new UserError(
      `${file} line ${ragged + 2} has ${rows[ragged]!.length} cells and the head ${head.length}`,
      'mend the line',
    );
  }
  if (rows.length < FEWEST_ROWS) {
    throw new UserError(`${file} has ${rows.length} rows`, `at least ${FEWEST_ROWS} are needed`);
  }
  const lower = head.map((name) => name.toLowerCase());
  const time = TIME_COLUMNS.map((name) => lower.indexOf(name)).find((column) => column >= 0) ?? -1;
  const frame = lower.indexOf('frame');
  // Frame numbers are exact where two clocks may drift apart.
  const clock = frame >= 0 ? frame : time;
  if (clock < 0) {
    throw new UserError(`${file} has no column of time`, `name one ${TIME_COLUMNS.join(', ')} or frame`);
  }
  const seconds = Float64Array.from(rows, (row) => row[clock]! / (clock === frame ? fps : 1));
  const back = seconds.findIndex(
    (value, i) => !(i === 0 ? Number.isFinite(value) : value >= seconds[i - 1]!),
  );
  if (back >= 0) throw new UserError(`${file} line ${back + 2}: time does not rise`, 'sort the rows by time');
  const columns = head.flatMap((_, column) =>
    column !== time && column !== frame && rows.every((row) => Number.isFinite(row[column])) ? [column] : [],
  );
  if (columns.length === 0) throw new UserError(`${file} has no column of numbers beside the time`);
  return {
    names: columns.map((column) => head[column]!),
    seconds,
    values: Float64Array.from(rows.flatMap((row) => columns.map((column) => row[column]!))),
  };
}

/**
 * Lays a log over a clip. The lag is the one at which some column of the log and some derived motion correlate
 * most, whichever pair that is and whatever its sign: drivers log steering, robots wheel speeds, drones rates.
 *
 * @param displacement derived motion, [frames, 6] in the order of `MOTIONS`
 */
export function alignLog(log: ActionLog, displacement: Float64Array, fps: number): AlignedLog {
  const frames = displacement.length / MOTIONS.length;
  const motions = MOTIONS.map((_, k) =>
    Float64Array.from({ length: frames }, (_, t) => displacement[t * MOTIONS.length + k]!),
  );
  const reach = Math.round(MOST_LAG_SECONDS * fps);
  let best = { lag: 0, column: 0, motion: 0, correlation: 0 };
  for (const [column] of log.names.entries()) {
    // Sampled once, over a longer time than the clip, so that every lag is a shift.
    const series = Float64Array.from({ length: frames + 2 * reach }, (_, t) =>
      valueAt(log, column, (t - reach) / fps),
    );
    for (let lag = -reach; lag <= reach; lag++) {
      const shifted = series.subarray(reach - lag, reach - lag + frames);
      for (const [motion, values] of motions.entries()) {
        const found = correlation(values, shifted);
        if (Math.abs(found) > Math.abs(best.correlation)) best = { lag, column, motion, correlation: found };
      }
    }
  }
  const lagSeconds = best.lag / fps;
  const values = Float32Array.from({ length: frames * log.names.length }, (_, i) =>
    valueAt(log, i % log.names.length, Math.floor(i / log.names.length) / fps - lagSeconds),
  );
  return {
    ...{ names: log.names, values, lagSeconds, correlation: best.correlation },
    column: log.names[best.column]!,
    motion: MOTIONS[best.motion]!,
  };
}

/** The value of a column at a time, by linear interpolation; beyond the ends the first or last one. */
function valueAt({ seconds, values, names }: ActionLog, column: number, time: number): number {
  let [low, high] = [0, seconds.length - 1];
  if (time <= seconds[low]!) return values[column]!;
  if (time >= seconds[high]!) return values[high * names.length + column]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (seconds[middle]! <= time) low = middle;
    else high = middle;
  }
  const share = (time - seconds[low]!) / (seconds[high]! - seconds[low]!);
  const [before, after] = [values[low * names.length + column]!, values[high * names.length + column]!];
  return before + (after - before) * share;
}

/** Pearson's correlation; 0 where one of them does not vary. */
function correlation(a: Float64Array, b: Float64Array): number {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const n = a.length;
  const variance = (saa - (sa * sa) / n) * (sbb - (sb * sb) / n);
  return variance > 1e-18 ? (sab - (sa * sb) / n) / Math.sqrt(variance) : 0;
}
