import type { Dataset } from '../data/types.ts';
import type { Frame } from '../world/types.ts';
import { PICTURE_FEATURES, pictureFeatures } from './measures/pictureFeatures.ts';
import { Moments, type RootedGaussian, rooted } from './statistics/gaussian.ts';

/** Held-out frames that are looked at, evenly spaced, at most. */
const SAMPLES = 1500;
/** A picture is outside the footage when its squared distance from the middle is this many times that … */
const OUTSIDE = 2;
/** … within which this share of the real frames lies. */
const INSIDE = 0.995;

/** What the held-out footage looks like as a whole. */
export interface FootageStatistics {
  /** `pictureFeatures`, each in standard deviations of the footage. */
  features(frame: Frame): Float64Array;
  /** Their distribution over the held-out footage. */
  readonly distribution: RootedGaussian;
  /** Whether a frame looks like none of the held-out footage. */
  isOutside(frame: Frame): boolean;
}

/** Looks at frames spread evenly over all held-out footage. */
export async function footageStatistics(dataset: Dataset): Promise<FootageStatistics> {
  const raw: Float64Array[] = [];
  const { width, height, episodes } = dataset.info;
  const held = episodes.filter(({ split }) => split === 'val');
  const total = held.reduce((sum, { length }) => sum + length, 0);
  const stride = Math.max(1, Math.ceil(total / SAMPLES));
  const size = width * height * 3;
  for (const episode of held) {
    const pixels = await dataset.frames(episode);
    for (let t = 0; t < episode.length; t += stride) {
      raw.push(pictureFeatures({ width, height, rgb: pixels.subarray(t * size, (t + 1) * size) }));
    }
  }
  return statisticsOf(raw);
}

function statisticsOf(raw: readonly Float64Array[]): FootageStatistics {
  const moments = new Moments(PICTURE_FEATURES);
  for (const vector of raw) moments.add(vector);
  const { mean, covariance } = moments.gaussian();
  const deviation = mean.map((_, i) => Math.sqrt(covariance.get(i, i)));
  // A feature that never changes in the footage tells nothing of it.
  const standardise = (vector: Float64Array): Float64Array =>
    vector.map((value, i) => (deviation[i]! < 1e-6 ? 0 : (value - mean[i]!) / deviation[i]!));
  const known = new WeakMap<Frame, Float64Array>();
  const features = (frame: Frame): Float64Array => {
    const found = known.get(frame) ?? standardise(pictureFeatures(frame));
    known.set(frame, found);
    return found;
  };
  const standard = new Moments(PICTURE_FEATURES);
  for (const vector of raw) standard.add(standardise(vector));
  const distribution = rooted(standard.gaussian());
  const distance = (vector: Float64Array): number => vector.reduce((sum, value) => sum + value ** 2, 0);
  const distances = Float64Array.from(raw, (vector) => distance(standardise(vector))).sort();
  const limit = OUTSIDE * distances[Math.min(distances.length - 1, Math.floor(INSIDE * distances.length))]!;
  return { features, distribution, isOutside: (frame) => distance(features(frame)) > limit };
}
