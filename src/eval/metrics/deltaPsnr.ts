import { boundedPsnr } from '../measures/psnr.ts';
import type { Sequence } from '../types.ts';
import { type Metric, ratioOfSums } from './metric.ts';

/**
 * ΔPSNR: PSNR against the truth under the true actions minus that under actions drawn at random for every frame
 * from the held-out footage, same start and same random numbers (ΔₜPSNR of J. Bruce et al., "Genie: Generative
 * Interactive Environments", ICML 2024), over the first frames of the rollout.
 */
export const deltaPsnrMetric: Metric = {
  id: 'delta-psnr',
  title: 'ΔPSNR, true against random actions',
  unit: 'dB',
  question: 'control',
  better: 'higher',
  answers: 'How much of the agreement with the truth is owed to the actions? 0 dB ignores them.',
  fooledBy: 'A poor world differs little from the truth’s rivals: near 0 it may be deaf or just blurred.',
  observe: async ({ truth, imagined, random }) => {
    if (random === undefined) return undefined;
    return Float64Array.from(
      random.frames.flatMap((_, t) => [against(truth, imagined, t) - against(truth, random, t), 1]),
    );
  },
  estimate: ratioOfSums(),
};

function against(truth: Sequence, imagined: Sequence, t: number): number {
  return boundedPsnr(truth.frames[t]!, imagined.frames[t]!);
}
