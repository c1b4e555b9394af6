import { basename, resolve } from 'node:path';
import { encodePng } from '../data/pictures.ts';
import type { PlayableWorld, World } from '../world/types.ts';
import { areComparable, PairWorld } from './pair.ts';
import { cardOf, type WorldCard } from './worldCard.ts';

/** The worlds that are served; there are no others for anybody who asks. */
export interface Shelf {
  readonly cards: readonly WorldCard[];
  /** @returns nothing when there is no such world */
  world(id: string): World | undefined;
  /**
   * What is played when these worlds are asked for: the first of all when none is, two as a comparison.
   *
   * @returns nothing when there is no such world, or two cannot be compared
   */
  find(ids: readonly string[]): PlayableWorld | undefined;
}

/** Puts worlds under names that are short, told apart and free of the machine's paths. */
export function createShelf(worlds: readonly World[]): Shelf {
  const byId = new Map<string, World>();
  for (const world of worlds) {
    const id = basename(resolve(world.folder)).replace(/[^\w-]+/g, '-');
    let free = id;
    for (let count = 2; byId.has(free); count += 1) free = `${id}-${count}`;
    byId.set(free, world);
  }
  const cards = [...byId].map(([id, world]) => cardOf(id, world));
  const pairs = new Map<string, PairWorld>();
  const card = (id: string) => cards.find((candidate) => candidate.id === id);
  return {
    cards,
    world: (id) => byId.get(id),
    find: (ids) => {
      const [first = cards[0]?.id ?? '', second, ...more] = ids;
      const world = byId.get(first);
      if (second === undefined || !world) return world;
      const other = byId.get(second);
      if (!other || other === world || more.length > 0) return undefined;
      if (!areComparable(card(first)!, card(second)!)) return undefined;
      const name = `${first}+${second}`;
      if (!pairs.has(name)) pairs.set(name, new PairWorld(world, other));
      return pairs.get(name);
    },
  };
}

/** The first picture of a world as a PNG file, by which the start screen shows it. */
export async function posterOf(world: PlayableWorld): Promise<Buffer> {
  return encodePng(await world.newSession(0, 0).current());
}
