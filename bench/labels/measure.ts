import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { actionScale } from '../../src/data/actions/scale.ts';
import { smoothMotion } from '../../src/data/actions/smooth.ts';
import { fieldOfView } from '../../src/data/egomotion/lens.ts';
import type { FieldsOfView } from '../../src/data/egomotion/likeliestLens.ts';
import { heldKeys } from '../../src/data/index.ts';
import { analyseClips } from '../../src/data/ingest/analyseClips.ts';
import { commonFormat } from '../../src/data/ingest/format.ts';
import { findClips } from '../../src/data/ingest/inputs.ts';
import { readRules } from '../../src/data/ingest/rules.ts';
import { Stage } from '../../src/data/ingest/stage.ts';
import { MOTIONS } from '../../src/world/manifest.ts';
import type { PoseMotion } from './poses.ts';

/** What `ingest` says of a whole clip, before anything is cut. */
export interface Labels {
  readonly name: string;
  readonly video: string;
  /** The ground truth beside it. */
  readonly csv: string;
  /** In degrees. */
  readonly fieldOfView: number;
  /** The fields of view that explain the footage about as well; none where it was given. */
  readonly fieldsOfView?: FieldsOfView;
  readonly motion: PoseMotion;
  /** Keys held at each frame. */
  readonly keys: readonly (readonly string[])[];
}

/** Labels the clips of a folder as `ingest` does, as one camera. */
export async function measureFolder(folder: string, known?: number): Promise<Labels[]> {
  const { clips } = await findClips([folder]);
  const scratch = await mkdtemp(path.join(tmpdir(), 'reverie-labels-'));
  try {
    const stage = await Stage.open(scratch);
    const lens = known === undefined ? {} : { fieldOfView: known };
    const { signal } = new AbortController();
    const footage = await analyseClips(clips, commonFormat(clips), lens, await readRules(), stage, signal);
    const smooth = footage.clips.map(({ motion }) =>
      smoothMotion(motion.displacement, MOTIONS.length, motion.confidence),
    );
    const scale = actionScale(smooth);
    return footage.clips.map(({ clip, camera, fieldsOfView }, i) => {
      const displacement = smooth[i]!;
      const column = (k: number): number[] =>
        Array.from(
          { length: displacement.length / MOTIONS.length - 1 },
          (_, t) => displacement[t * MOTIONS.length + k]!,
        );
      const [forward, strafe, vertical, yaw, pitch, roll] = MOTIONS.map((_, k) => column(k));
      return {
        name: clip.name,
        video: clip.file,
        csv: clip.file.replace(/\.mp4$/, '.csv'),
        fieldOfView: fieldOfView(camera.lens),
        ...(fieldsOfView === undefined ? {} : { fieldsOfView }),
        motion: {
          ...{ forward: forward!, strafe: strafe!, vertical: vertical! },
          ...{ yaw: yaw!, pitch: pitch!, roll: roll! },
        },
        keys: heldKeys(displacement.map((value, j) => value / scale[j % scale.length]!)).map((held) =>
          held.split('+'),
        ),
      };
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
