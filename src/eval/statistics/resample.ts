import type { Random } from '../../random.ts';

/** Something observed from one start with one seed. */
export interface Keyed<Value> {
  readonly start: number;
  readonly seed: number;
  readonly value: Value;
}

/** Values of equal start lie together, in order of first appearance. */
export function byStart<Value>(items: readonly Keyed<Value>[]): Value[][] {
  const groups = new Map<number, Value[]>();
  for (const { start, value } of items) {
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}

/** Draws starts with replacement, and within each drawn start as many of its seeds, also with replacement. */
export function resample<Value>(groups: readonly (readonly Value[])[], random: Random): Value[] {
  return groups.flatMap(() => {
    const group = groups[random.integer(groups.length)]!;
    return group.length === 1 ? group : group.map(() => group[random.integer(group.length)]!);
  });
}
