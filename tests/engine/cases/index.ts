import { ACTIVATION } from './activation.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { BLOCKS } from './blocks.ts';
import type { Cases } from './case.ts';
import { COMPARISON } from './comparison.ts';
import { CONVOLUTION } from './convolution.ts';
import { CREATION } from './creation.ts';
import { INDEXING } from './indexing.ts';
import { LINALG } from './linalg.ts';
import { MOVEMENT } from './movement.ts';
import { POOLING } from './pooling.ts';
import { REDUCTION } from './reduction.ts';
import { RESIZE } from './resize.ts';
import { SCAN } from './scan.ts';

/** Every kernel that can be traced has at least one case. */
export const LOWERING_CASES: Cases = {
  ...ACTIVATION,
  ...ARITHMETIC,
  ...BLOCKS,
  ...COMPARISON,
  ...CONVOLUTION,
  ...CREATION,
  ...INDEXING,
  ...LINALG,
  ...MOVEMENT,
  ...POOLING,
  ...REDUCTION,
  ...RESIZE,
  ...SCAN,
};
