import { z } from 'zod';
import type { WorldManifest } from '../world/manifest.ts';

const MOST_HELD_KEYS = 32;

const held = z
  .record(z.string().max(32), z.number().min(0).max(1))
  .refine((keys) => Object.keys(keys).length <= MOST_HELD_KEYS, `at most ${MOST_HELD_KEYS} keys`);

const playerMessage = z.discriminatedUnion('type', [
  /** What is held from now on, numbered so that the page can time the answer. */
  z.strictObject({ type: z.literal('input'), sequence: z.number().int().min(0).max(0xffffffff), held }),
  /** Lets the world play itself, or takes over. */
  z.strictObject({ type: z.literal('watch'), on: z.boolean() }),
  z.strictObject({ type: z.literal('pause'), on: z.boolean() }),
  /** Back to the start state, or on to another one. */
  z.strictObject({ type: z.literal('reset'), start: z.enum(['same', 'next']) }),
]);

/** What a page may say to the server. */
export type PlayerMessage = z.infer<typeof playerMessage>;

/** The first thing the server says: what there is to play. */
export interface Hello {
  readonly type: 'hello';
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly attribution: string;
  readonly frame: { readonly width: number; readonly height: number };
  /** Where frames are computed, as people should read it: `server`, or `browser, WebGPU`. */
  readonly runtime: string;
  readonly actions: Pick<WorldManifest['actions'], 'names' | 'rest' | 'keys'>;
  /** Shown frames per frame of the footage. */
  readonly pace: number;
  /** Denoising steps at full quality. */
  readonly steps: number;
  readonly frameMs: number;
  readonly canWatch: boolean;
  readonly training: WorldManifest['training'];
}

/**
 * Reads a page's message.
 *
 * @returns the message, or what is wrong with it in one line
 */
export function parsePlayerMessage(text: string): PlayerMessage | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'not JSON' };
  }
  const result = playerMessage.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.');
  return { problem: `${where ? `${where}: ` : ''}${issue?.message ?? 'unknown message'}` };
}
