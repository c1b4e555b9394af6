import { z } from 'zod';
import type { WorldManifest } from '../world/manifest.ts';
import { mark } from './take.ts';

const MOST_HELD_KEYS = 32;

const held = z
  .record(z.string().max(32), z.number().min(0).max(1))
  .refine((keys) => Object.keys(keys).length <= MOST_HELD_KEYS, `at most ${MOST_HELD_KEYS} keys`);

/** Counted from the start state, as `FrameMessage.index`. */
const frame = z.number().int().min(0).max(0xffffffff);

const playerMessage = z.discriminatedUnion('type', [
  /** What is held from now on, numbered so that the page can time the answer. */
  z.strictObject({ type: z.literal('input'), sequence: z.number().int().min(0).max(0xffffffff), held }),
  /** Lets the world play itself, or takes over. */
  z.strictObject({ type: z.literal('watch'), on: z.boolean() }),
  z.strictObject({ type: z.literal('pause'), on: z.boolean() }),
  /** Back to the start state, or on to another one. */
  z.strictObject({ type: z.literal('reset'), start: z.enum(['same', 'next']) }),
  /** Back to a frame of this run, or as near as is kept; from there another way can be taken. */
  z.strictObject({ type: z.literal('rewind'), frame }),
  /** A remark about a frame of this run. */
  mark.extend({ type: z.literal('mark'), frame }),
  /** Keeps the run so far as a take. */
  z.strictObject({ type: z.literal('keep') }),
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
  readonly actions: Pick<WorldManifest['actions'], 'names' | 'driven' | 'rest' | 'keys'>;
  /** Shown frames per frame of the footage. */
  readonly pace: number;
  /** Denoising steps at full quality. */
  readonly steps: number;
  readonly frameMs: number;
  readonly canWatch: boolean;
  readonly training: WorldManifest['training'];
  /** List price of the machine that imagines, in dollars an hour; 0 for the player's own. */
  readonly price: number;
  /** Whether two worlds stand side by side, to be judged. */
  readonly compares: boolean;
}

/** All that the server says beside frames. */
export type ServerMessage =
  /** @property ticket brings the same run back after the line broke */
  | (Hello & { readonly ticket: string })
  /** All seats are taken; `place` people are served first, this one included. */
  | { readonly type: 'waiting'; readonly place: number }
  /** Nothing was heard for long: the run is put away until something is. */
  | { readonly type: 'asleep' }
  /** What became of the wish to keep the run. */
  | { readonly type: 'kept'; readonly text: string };

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
