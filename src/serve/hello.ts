import type { PlayableWorld } from '../world/types.ts';
import { FRAME_MS, SHOWN_FPS } from './clock.ts';
import type { Hello } from './messages.ts';
import { PairWorld } from './pair.ts';

/** The server's own name among runtimes; `reverie replay` computes as it does. */
export const SERVER_RUNTIME = 'server';

/**
 * What a runtime says first: what there is to play, and where it is computed.
 *
 * @param runtime as people should read it, as in `browser, WebGPU`
 * @param price what the machine costs, in dollars an hour
 */
export function describe(world: PlayableWorld, runtime: string, price: number): Hello {
  const { manifest } = world;
  const { name, description, licence, attribution, frame, actions, fps, sampling, training } = manifest;
  return {
    type: 'hello',
    name,
    description,
    licence,
    attribution,
    frame,
    runtime,
    actions: { names: actions.names, driven: actions.driven, rest: actions.rest, keys: actions.keys },
    pace: SHOWN_FPS / fps,
    steps: sampling.steps,
    frameMs: FRAME_MS,
    canWatch: actions.demos.some((demo) => demo.length > 0),
    training,
    price,
    compares: world instanceof PairWorld,
  };
}
