import { boundedPsnr } from '../measures/psnr.ts';
import { type Metric, ratioOfSums } from './metric.ts';
import { TURNED } from './mirror.ts';

/** The mean PSNR of the pairs of the mirror test themselves, over the whole way back; see `mirrorMetric`. */
export const mirrorAgreementMetric: Metric = {
  id: 'mirror-psnr',
  title: 'mirror test, PSNR',
  unit: 'dB',
  question: 'memory',
  better: 'higher',
  answers: 'How close do the frames of the way back come to those of the way out?',
  fooledBy: 'Blur, and scenes without texture: the gain beside it takes that off.',
  observe: async ({ mirror }, laboratory) => {
    if (mirror === undefined) return undefined;
    const turn = mirror.frames.length / 2;
    if (laboratory.turnedShare(mirror, turn) < TURNED) return undefined;
    return Float64Array.from(
      mirror.frames
        .slice(turn)
        .flatMap((frame, j) => [boundedPsnr(mirror.frames[turn - 2 - j] ?? mirror.before, frame), 1]),
    );
  },
  estimate: ratioOfSums(),
};
