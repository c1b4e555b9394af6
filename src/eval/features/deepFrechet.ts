import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { Frame } from '../../world/types.ts';
import type { Metric, Observation } from '../metrics/metric.ts';
import { CLIP_FRAMES, type FeatureNetwork } from './network.ts';

/** What `--list` says of it. */
export const DEEP_FRECHET = {
  id: 'deep-frechet',
  title: 'Fréchet distance of your features',
  unit: '',
  question: 'features',
  better: 'lower',
  answers:
    'Are the imagined pictures, or clips, distributed as the filmed ones in your network’s features? (--features)',
  fooledBy: 'Few samples give a bias that grows with the number of features: compare only equal suites.',
} as const;

/** From one picture that is looked at to the next, and from one clip to the next. */
const STRIDE = { image: 10, video: 8 } as const;
/** Vectors of each side that enter a distance, evenly thinned; the cost grows with their cube. */
const MOST = 96;

/**
 * Fréchet distance of the imagined and the filmed pictures' features (FID-style for image networks) or of those of
 * clips of 16 frames (FVD-style for video networks: T. Unterthiner et al., "Towards Accurate Generative Models of
 * Video", 2018). Both sides are the same starts and horizons.
 */
export function deepFrechetMetric(network: FeatureNetwork): Metric {
  return {
    ...DEEP_FRECHET,
    observe: async ({ truth, imagined }) => {
      const pairs = samples(network.kind, imagined.frames, truth.frames);
      if (pairs.length === 0) return undefined;
      const numbers = [pairs.length];
      for (const [own, real] of pairs) {
        for (const frames of [own, real]) numbers.push(...(await network.features(frames)).vector);
      }
      return Float64Array.from(numbers);
    },
    estimate(observations) {
      const own: Float64Array[] = [];
      const real: Float64Array[] = [];
      for (const observation of observations) unpack(observation, own, real);
      return own.length < 2 ? undefined : frechetDistanceOfSamples(thinned(own), thinned(real));
    },
  };
}

function samples(
  kind: FeatureNetwork['kind'],
  own: readonly Frame[],
  real: readonly Frame[],
): [readonly Frame[], readonly Frame[]][] {
  const length = kind === 'image' ? 1 : CLIP_FRAMES;
  const found: [readonly Frame[], readonly Frame[]][] = [];
  for (let end = Math.max(length, STRIDE[kind]); end <= own.length; end += STRIDE[kind]) {
    found.push([own.slice(end - length, end), real.slice(end - length, end)]);
  }
  return found;
}

function unpack(observation: Observation, own: Float64Array[], real: Float64Array[]): void {
  const count = observation[0]!;
  const size = (observation.length - 1) / count / 2;
  for (let i = 0; i < count; i++) {
    const at = 1 + 2 * i * size;
    own.push(observation.slice(at, at + size));
    real.push(observation.slice(at + size, at + 2 * size));
  }
}

function thinned(vectors: readonly Float64Array[]): Float64Array[] {
  const count = Math.min(MOST, vectors.length);
  return Array.from({ length: count }, (_, i) => vectors[Math.floor((i * vectors.length) / count)]!);
}

/**
 * Square of the Fréchet distance of the Gaussians fitted to two sets of vectors (see `frechetDistance`), for more
 * features than vectors: with the centred vectors as rows of A and B, tr (Σ₁Σ₂)^½ is the sum of the singular
 * values of A Bᵀ / √((n − 1)(m − 1)), whatever the number of features.
 */
export function frechetDistanceOfSamples(
  first: readonly Float64Array[],
  second: readonly Float64Array[],
): number {
  const [a, b] = [centred(first), centred(second)];
  const shift = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0);
  const norm = Math.sqrt((first.length - 1) * (second.length - 1));
  const cross = a.rows.mmul(b.rows.transpose()).div(norm);
  const { diagonal } = new SingularValueDecomposition(cross, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  const overlap = diagonal.reduce((sum, value) => sum + value, 0);
  const spread = a.rows.norm() ** 2 / (first.length - 1) + b.rows.norm() ** 2 / (second.length - 1);
  return Math.max(0, shift + spread - 2 * overlap);
}

function centred(vectors: readonly Float64Array[]): { readonly mean: number[]; readonly rows: Matrix } {
  const rows = new Matrix(vectors.map((vector) => Array.from(vector)));
  const mean = rows.mean('column');
  return { mean, rows: rows.subRowVector(mean) };
}
