import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { WorldManifest } from '../world/manifest.ts';
import type { Frame, PlayableWorld } from '../world/types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { shownWorlds } from './pair.ts';
import { pictureHash } from './pictureHash.ts';

/**
 * What a player has to say about a moment; `left`, `right` and `neither` say which of two compared worlds is better.
 */
export const mark = z.strictObject({
  kind: z.enum(['bookmark', 'up', 'down', 'left', 'right', 'neither']),
  note: z.string().max(500),
});
export type Mark = z.infer<typeof mark>;

const playedWorld = z.strictObject({
  name: z.string(),
  /** `fingerprintOf` it, by which another checkpoint of the same name is told apart. */
  fingerprint: z.string(),
});

/** A world as takes name it. */
export function playedAs(manifest: WorldManifest): z.infer<typeof playedWorld> {
  return { name: manifest.name, fingerprint: fingerprintOf(manifest) };
}

/**
 * `take.json`: a run from its start state, everything that made it, and what was remarked on the way. The frames
 * follow from it bit by bit on the runtime that it was played on.
 */
export const take = z
  .strictObject({
    format: z.literal('reverie-take'),
    version: z.literal(3),
    /** What was played: one world, or the two of a comparison from left to right. */
    worlds: z.array(playedWorld).min(1).max(2),
    /** As the runtime called itself. */
    runtime: z.string(),
    seed: z.number().int(),
    start: z.number().int().min(0),
    fps: z.number().positive(),
    /** Of each frame after the start state: normalised, per shown frame. */
    actions: z.array(z.array(z.number())),
    /** Of each frame after the start state: its denoising passes. */
    steps: z.array(z.number().int().nonnegative()),
    marks: z.array(mark.extend({ frame: z.number().int().min(0) })),
    /** `pictureHash` of the last frame. */
    last: z.string(),
  })
  .refine(({ actions, steps }) => actions.length === steps.length, {
    error: 'every frame needs an action and its steps',
  });
export type Take = z.infer<typeof take>;

/**
 * Reads a take.
 *
 * @param text the contents of `take.json`
 * @param path for the message
 * @throws UserError when it is none
 */
export function parseTake(text: string, path: string): Take {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${path} is no take (not JSON)`, 'save one on the page of reverie play');
  }
  const result = take.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError(`${path} is no take (${issue.path.join('.') || 'contents'}: ${issue.message})`);
}

/**
 * Plays a take again.
 *
 * @param exact whether the last picture has to be what it was, to the bit
 * @returns every frame, the start state first
 * @throws UserError when the world is another one, or when the last frame is not what it was
 */
export async function* replayTake(world: PlayableWorld, played: Take, exact = true): AsyncGenerator<Frame> {
  const here = shownWorlds(world, played.seed).map(fingerprintOf);
  if (here.join() !== played.worlds.map(({ fingerprint }) => fingerprint).join()) {
    throw new UserError(
      `the take was played on another checkpoint than this ${world.manifest.name}`,
      `choose ${played.worlds.map(({ name }) => name).join(' and ')} with --world`,
    );
  }
  const session = world.newSession(played.seed, played.start);
  let frame = await session.current();
  try {
    yield frame;
    for (const [index, action] of played.actions.entries()) {
      frame = await session.step(action, played.steps[index]!);
      yield frame;
    }
  } finally {
    // Whoever saw enough may close the world at once.
    await session.settled();
  }
  if (exact && pictureHash(frame) !== played.last) {
    throw new UserError(
      `the replay ends in another picture than the take`,
      `it was played on "${played.runtime}", which rounds differently from this machine`,
    );
  }
}
