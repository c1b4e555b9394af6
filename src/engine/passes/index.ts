import type { Graph } from '../graph.ts';
import { fuse } from './fuse.ts';
import { channelsFirst } from './layout.ts';
import type { Pass } from './rewrite.ts';
import { transposesInSteps } from './transposes.ts';

export { channelsFirst, fuse, type Pass, transposesInSteps };

/** What every traced graph goes through unless told otherwise. */
export const DEFAULT_PASSES: readonly Pass[] = [channelsFirst, fuse];

/** Puts a graph through passes, one after the other. */
export function applyPasses(graph: Graph, passes: readonly Pass[]): Graph {
  return passes.reduce((current, pass) => pass(current), graph);
}
