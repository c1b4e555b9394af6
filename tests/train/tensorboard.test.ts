import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLog } from '../../src/train/runLog.ts';
import { python } from '../python.ts';

let run: string;

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'reverie-events-'));
});

afterAll(() => rm(run, { recursive: true }));

const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
tags = events.Tags()
print(json.dumps({
    'scalars': {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags['scalars']},
    'images': {tag: [[e.step, e.width, e.height, e.encoded_image_string[:4].hex()] for e in events.Images(tag)]
               for tag in tags['images']},
}))
`;
const interpreter = python('tensorboard');

it.skipIf(!interpreter)('TensorBoard reads the numbers and pictures of a run, resumed or not', () => {
  const first = openLog(run, 'dynamics', 0);
  first.write({ step: 10, loss: 0.5, norm: 2, rate: 0.25 });
  first.picture(10, { width: 3, height: 2, rgb: new Uint8Array(18) });
  first.close();
  const second = openLog(run, 'dynamics', 10);
  expect(second.lines).toEqual([{ stage: 'dynamics', step: 10, loss: 0.5, norm: 2, rate: 0.25 }]);
  second.write({ step: 20, loss: 0.125, norm: 1, rate: 0.5 });
  second.write({ step: 20, heldOut: 0.75 });
  second.close();
  const { stdout, stderr } = spawnSync(interpreter!, ['-c', READER, join(run, 'tensorboard', 'dynamics')], {
    encoding: 'utf8',
  });
  expect(stdout, stderr).not.toBe('');
  expect(JSON.parse(stdout)).toEqual({
    scalars: {
      loss: [
        [10, 0.5],
        [20, 0.125],
      ],
      norm: [
        [10, 2],
        [20, 1],
      ],
      rate: [
        [10, 0.25],
        [20, 0.5],
      ],
      heldOut: [[20, 0.75]],
    },
    images: { sample: [[10, 3, 2, '89504e47']] },
  });
});
