import type { PlayableWorld } from '../world/types.ts';
import { type Comparable, footageOf } from './pair.ts';

/** A world as the start screen shows it; `worlds.json` is a list of them. */
export interface WorldCard extends Comparable {
  /** Names the world in addresses, as in `?world=ride`; its files are in `worlds/ride/`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** What it was learned from. */
  readonly footage: string;
}

/** The card of a world. */
export function cardOf(id: string, { manifest }: PlayableWorld): WorldCard {
  const { name, description, frame, actions } = manifest;
  return { id, name, description, frame, motions: actions.driven, footage: footageOf(manifest) };
}

/** The worlds that an address asks for, as in `?world=ride&world=other`. */
export function askedWorlds(search: string | URLSearchParams): string[] {
  return new URLSearchParams(search).getAll('world');
}
