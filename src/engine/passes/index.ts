import type { Graph } from '../graph.ts';
import { blockedConvolutions } from './blocked.ts';
import { foldConstants } from './fold.ts';
import { fuse } from './fuse.ts';
import { halfProducts } from './half.ts';
import { channelsFirst } from './layout.ts';
import { turnedProducts } from './products.ts';
import { narrowSumsAsProducts, squaresInSums } from './reductions.ts';
import type { Pass } from './rewrite.ts';
import { shareEqual } from './share.ts';
import { shiftsAsPads } from './shifts.ts';
import { transposesInSteps } from './transposes.ts';
import { unfoldedConvolutions } from './unfold.ts';
import { dropUnused } from './unused.ts';
import { webgpuForms } from './webgpu.ts';

export {
  blockedConvolutions,
  channelsFirst,
  dropUnused,
  foldConstants,
  fuse,
  halfProducts,
  narrowSumsAsProducts,
  type Pass,
  shareEqual,
  shiftsAsPads,
  squaresInSums,
  transposesInSteps,
  turnedProducts,
  unfoldedConvolutions,
  webgpuForms,
};

/** What makes a graph smaller, whatever it is for and wherever it runs. */
const SIMPLIFYING: readonly Pass[] = [dropUnused, shareEqual, foldConstants];

/** What every traced graph goes through unless told otherwise. */
export const DEFAULT_PASSES: readonly Pass[] = [...SIMPLIFYING, channelsFirst, fuse];

/** For a graph that is kept as a file: right on every provider. */
export const PORTABLE_PASSES: readonly Pass[] = [...DEFAULT_PASSES, webgpuForms];

/**
 * What suits onnxruntime's CPU provider.
 *
 * @param block channels that its blocked convolutions take together; nothing to do without
 */
export function cpuPasses(block: number | undefined): readonly Pass[] {
  const blocked = block === undefined ? [] : [blockedConvolutions(block)];
  const kernels = [
    unfoldedConvolutions,
    shiftsAsPads,
    squaresInSums,
    narrowSumsAsProducts,
    turnedProducts,
    transposesInSteps,
  ];
  return [...DEFAULT_PASSES, ...blocked, ...kernels];
}

/** What suits its providers for GPUs. WebGPU lays convolutions out channels last, as they were traced. */
export const GPU_PASSES: Readonly<Record<'cuda' | 'webgpu', readonly Pass[]>> = {
  cuda: [...DEFAULT_PASSES, unfoldedConvolutions],
  webgpu: [...SIMPLIFYING, unfoldedConvolutions, fuse, webgpuForms],
};

/** Puts a graph through passes, one after the other. */
export function applyPasses(graph: Graph, passes: readonly Pass[]): Graph {
  return passes.reduce((current, pass) => pass(current), graph);
}
