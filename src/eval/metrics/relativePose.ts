import { Matrix } from 'ml-matrix';
import type { Laboratory } from '../laboratory.ts';
import { inCommandedDimensions } from '../motion/labeller.ts';
import { angleOf, type Pose, trajectory, umeyama } from '../motion/trajectory.ts';
import type { Evidence } from '../types.ts';
import { type Metric, type Observation, sumRows } from './metric.ts';

/** Frames over which relative motion is compared. */
const SPAN = 5;
const WIDTH = 4;

const COMMON = {
  question: 'control',
  better: 'lower',
  observe: relativePoseErrors,
} as const;

/**
 * Relative pose error, rotation part: the root mean square angle between the commanded and the estimated turn
 * over 5 frames, in the dimensions that are commanded (J. Sturm et al., "A Benchmark for the Evaluation of RGB-D SLAM Systems", IROS 2012), in degrees.
 */
export const rotationErrorMetric: Metric = {
  ...COMMON,
  id: 'rpe-rotation',
  title: 'relative pose error, rotation',
  unit: '°',
  answers: 'By how much does the turn over 5 frames miss the commanded one?',
  fooledBy: 'Small commands: a world that never turns errs by no more than what was asked for.',
  estimate(observations) {
    const [, , angle, count] = sumRows(observations, WIDTH);
    return count === 0 ? undefined : (Math.sqrt(angle! / count!) * 180) / Math.PI;
  },
};

/**
 * Relative pose error, translation part, after Sim(3) alignment: the estimated trajectory is laid on the commanded
 * one by Umeyama's similarity, since the scale of one camera is arbitrary, and the root mean square error of
 * the displacement over 5 frames is given as a share of the root mean square commanded displacement.
 */
export const translationErrorMetric: Metric = {
  ...COMMON,
  id: 'rpe-translation',
  title: 'relative pose error, translation',
  unit: '%',
  answers: 'By what share does the way over 5 frames miss the commanded one, after Sim(3) alignment?',
  fooledBy: 'Driving straight ahead at constant speed, which aligns well with anything else that does.',
  estimate(observations) {
    const [error, asked] = sumRows(observations, WIDTH);
    return asked === 0 ? undefined : 100 * Math.sqrt(error! / asked!);
  },
};

/** Σ squared translation error, Σ squared commanded translation, Σ squared angle error, pairs of frames. */
async function relativePoseErrors(
  { driven }: Evidence,
  laboratory: Laboratory,
): Promise<Observation | undefined> {
  if (driven === undefined || driven.frames.length <= SPAN) return undefined;
  const commanded = trajectory(driven.commanded);
  const seen = await laboratory.labelled(driven);
  const estimated = trajectory(inCommandedDimensions(seen, driven.commanded));
  // A camera that never leaves its place has no scale to align.
  const scale = umeyama(positions(estimated), positions(commanded))?.scale ?? 1;
  const sums = new Float64Array(WIDTH);
  for (let t = 0; t + SPAN < commanded.length; t++) {
    const wanted = relative(commanded[t]!, commanded[t + SPAN]!);
    const moved = relative(estimated[t]!, estimated[t + SPAN]!);
    const error = Matrix.sub(Matrix.mul(moved.position, scale), wanted.position).norm();
    sums[0]! += error ** 2;
    sums[1]! += wanted.position.norm() ** 2;
    sums[2]! += angleOf(wanted.rotation.transpose().mmul(moved.rotation)) ** 2;
    sums[3]! += 1;
  }
  return sums;
}

/** The second pose as the first camera sees it. */
function relative(from: Pose, to: Pose): Pose {
  const back = from.rotation.transpose();
  return {
    rotation: back.mmul(to.rotation),
    position: back.mmul(Matrix.sub(to.position, from.position)),
  };
}

function positions(poses: readonly Pose[]): Matrix {
  return new Matrix(poses.map(({ position }) => position.to1DArray())).transpose();
}
