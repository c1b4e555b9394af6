import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { type AlignedLog, alignLog, readActionLog } from '../actions/log.ts';
import type { AnalysedClip } from './analyseClips.ts';
import type { IngestReport } from './reportSchema.ts';

/** The user's own actions at the frames of a clip, and what the report says of them. */
export interface ClipLog extends Pick<AlignedLog, 'names' | 'values'> {
  readonly report: NonNullable<IngestReport['clips'][number]['log']>;
}

/**
 * Reads the logs of clips and aligns each with the clip's motion.
 *
 * @param actions a CSV for a single clip, or a folder with `name.csv` for `name.mp4`; none without
 * @returns one entry per clip; all or none have a log
 * @throws UserError when a clip has no log, or one with other columns
 */
export async function joinLogs(
  actions: string | undefined,
  clips: readonly AnalysedClip[],
  fps: number,
): Promise<(ClipLog | undefined)[]> {
  if (actions === undefined) return clips.map(() => undefined);
  if (!existsSync(actions)) throw new UserError(`no such file or folder: ${actions}`);
  const folder = statSync(actions).isDirectory();
  if (!folder && clips.length > 1) {
    throw new UserError(
      `${actions} is one log for ${clips.length} clips`,
      'give --actions a folder that holds a CSV named as each clip',
    );
  }
  const logs: ClipLog[] = [];
  for (const { clip, motion } of clips) {
    const file = folder ? path.join(actions, clip.name.replace(/\.[^./]+$/, '.csv')) : actions;
    const { names, values, ...alignment } = alignLog(
      await readActionLog(file, fps),
      motion.displacement,
      fps,
    );
    const expected = logs[0]?.names ?? names;
    if (names.join() !== expected.join()) {
      throw new UserError(`${file} has the columns ${names.join(', ')}`, `expected ${expected.join(', ')}`);
    }
    logs.push({ names, values, report: { file: path.basename(file), ...alignment } });
  }
  return logs;
}
