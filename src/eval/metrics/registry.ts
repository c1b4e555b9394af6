import { actionShuffleMetric } from './actionShuffle.ts';
import { collapseMetric } from './collapse.ts';
import { colourMetric } from './colour.ts';
import { contrastMetric } from './contrast.ts';
import { correlationMetric } from './correlation.ts';
import { delayMetric } from './delay.ts';
import { deltaPsnrMetric } from './deltaPsnr.ts';
import { flickerMetric } from './flicker.ts';
import { frechetMetric } from './frechet.ts';
import { freezeMetric } from './freeze.ts';
import { keysMetric, secondKeysMetric } from './keys.ts';
import { loopMetric } from './loop.ts';
import type { Metric, Question } from './metric.ts';
import { mirrorMetric } from './mirror.ts';
import { mirrorAgreementMetric } from './mirrorAgreement.ts';
import { motionMetric } from './motion.ts';
import { psnrMetric } from './psnr.ts';
import { rotationErrorMetric, translationErrorMetric } from './relativePose.ts';
import { revisitMetric } from './revisit.ts';
import { secondCorrelationMetric } from './secondCorrelation.ts';
import { sharpnessMetric } from './sharpness.ts';
import { ssimMetric } from './ssim.ts';
import { warpingMetric } from './warping.ts';
import { yawMetric } from './yaw.ts';

/** What each group of metrics asks. */
export const QUESTIONS: Readonly<Record<Question, string>> = {
  drift: 'How far do the pictures stray?',
  control: 'Does it obey?',
  memory: 'What does it remember?',
  temporal: 'Is it steady?',
  features: 'What does your own network see?',
};

/** All metrics that need no network, in the order of tables and reports. */
export const METRICS: readonly Metric[] = [
  psnrMetric,
  ssimMetric,
  sharpnessMetric,
  contrastMetric,
  colourMetric,
  frechetMetric,
  collapseMetric,
  correlationMetric,
  secondCorrelationMetric,
  yawMetric,
  delayMetric,
  keysMetric,
  secondKeysMetric,
  rotationErrorMetric,
  translationErrorMetric,
  deltaPsnrMetric,
  actionShuffleMetric,
  mirrorMetric,
  mirrorAgreementMetric,
  revisitMetric,
  loopMetric,
  warpingMetric,
  flickerMetric,
  freezeMetric,
  motionMetric,
];
