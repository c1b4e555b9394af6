import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ingest, renderSample } from '../../src/data/index.ts';
import { python } from '../python.ts';
import { scratch } from './footage.ts';

// Importing lerobot, with torch and all, takes most of the time.
it('opens in the lerobot package, where that is installed', async (context) => {
  const interpreter = python('lerobot.datasets.lerobot_dataset');
  if (interpreter === undefined) return context.skip();
  const script = `import json, sys
from lerobot.datasets.lerobot_dataset import LeRobotDataset
d = LeRobotDataset('reverie/town', root=sys.argv[1], video_backend='pyav')
row = d[115]
print(json.dumps({'episodes': d.num_episodes, 'frames': len(d), 'fps': d.fps, 'task': row['task'],
'action': row['action'].tolist(), 'shape': list(row['observation.images.camera'].shape),
'pixel': (row['observation.images.camera'][:, 24, 32] * 255).tolist(),
'episode': int(row['episode_index']), 'frame': int(row['frame_index']),
'std': d.meta.stats['action']['std'].tolist(), 'std_of_rows': d.hf_dataset.with_format('numpy')['action'][:].std(axis=0).tolist()}))`;
  const folder = scratch();
  await renderSample(folder, { seconds: 7, width: 96, height: 72, fps: 20, seed: 4 });
  const out = path.join(folder, 'dataset');
  const size = { width: 64, height: 48 };
  const dataset = await ingest({ inputs: [folder], out, size, fieldOfView: 80 });
  const printed = execFileSync(interpreter, ['-c', script, out], {
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen = JSON.parse(printed.trim().split('\n').at(-1)!);
  expect(seen).toMatchObject({
    episodes: 2,
    frames: 140,
    fps: 20,
    episode: 1,
    frame: 3,
    shape: [3, 48, 64],
  });
  expect(seen.task).toMatch(/move/);
  const second = dataset.info.episodes[1]!;
  const actions = await dataset.actions(second);
  for (const [k, value] of seen.action.entries()) expect(value).toBeCloseTo(actions[18 + k]!, 5);
  for (const [k, value] of seen.std.entries()) expect(value).toBeCloseTo(seen.std_of_rows[k], 4);
  const frame = await dataset.frames(second, 3, 1);
  const pixel = frame.subarray((24 * 64 + 32) * 3, (24 * 64 + 32) * 3 + 3);
  for (const [k, value] of seen.pixel.entries()) expect(Math.abs(value - pixel[k]!)).toBeLessThan(6);
}, 300_000);

it('a dataset that the lerobot package wrote opens here, each frame with its action', async (context) => {
  const interpreter = python('lerobot.datasets.lerobot_dataset');
  if (interpreter === undefined) return context.skip();
  const script = `import sys
import numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset
features = {'observation.images.front': {'dtype': 'video', 'shape': (64, 96, 3), 'names': ['height', 'width', 'channel']},
'observation.state': {'dtype': 'float32', 'shape': (1,), 'names': ['x']},
'action': {'dtype': 'float32', 'shape': (2,), 'names': ['speed', 'steer']}}
d = LeRobotDataset.create('reverie/robot', fps=20, features=features, root=sys.argv[1], robot_type='car')
for episode in range(2):
    for i in range(40 + 20 * episode):
        grey = np.full((64, 96, 3), 40 + 3 * i, np.uint8)
        action = np.array([np.sin(i / 5), episode - 0.5 + np.cos(i / 5)], np.float32)
        d.add_frame({'observation.images.front': grey, 'observation.state': np.zeros(1, np.float32),
            'action': action, 'task': 'drive'})
    d.save_episode()
d.finalize()`;
  const folder = scratch();
  const robot = path.join(folder, 'robot');
  execFileSync(interpreter, ['-c', script, robot], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const dataset = await ingest({ inputs: [robot], out: path.join(folder, 'dataset') });
  const { actionNames, actionScale, episodes } = dataset.info;
  const source = episodes.flatMap(({ length, startSeconds }) =>
    Array.from({ length }, (_, t) => Math.round(startSeconds * 20) + t),
  );
  expect(source).toEqual([...Array(40).keys(), ...Array(60).keys()]);
  const driven = (name: 'forward' | 'yaw'): number => actionNames.indexOf(name);
  let place = 0;
  for (const episode of episodes) {
    const actions = await dataset.actions(episode);
    const frames = await dataset.frames(episode, 0, episode.length);
    for (let t = 0; t < episode.length; t += 1, place += 1) {
      const i = source[place]!;
      const robotEpisode = place < 40 ? 0 : 1;
      const action = (name: 'forward' | 'yaw'): number =>
        actions[t * actionNames.length + driven(name)]! * actionScale[driven(name)]!;
      expect(action('forward')).toBeCloseTo(Math.sin(i / 5), 4);
      expect(action('yaw')).toBeCloseTo(robotEpisode - 0.5 + Math.cos(i / 5), 4);
      const pixels = frames.length / episode.length;
      expect(Math.abs(frames[t * pixels + pixels / 2]! - (40 + 3 * i))).toBeLessThan(1.5);
    }
  }
}, 300_000);
