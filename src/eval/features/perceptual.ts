import type { Frame } from '../../world/types.ts';
import type { Metric } from '../metrics/metric.ts';
import { ratioOfSums } from '../metrics/metric.ts';
import type { FeatureMap, FeatureNetwork } from './network.ts';

/** What `--list` says of it. */
export const PERCEPTUAL = {
  id: 'perceptual',
  title: 'perceptual distance',
  unit: '',
  question: 'features',
  better: 'lower',
  answers: 'How far is each imagined frame from the filmed one in your network’s feature maps? (--features)',
  fooledBy: 'Whatever the network was not trained to tell apart.',
} as const;

/** Every so many frames one is looked at. */
const EVERY = 5;

/**
 * LPIPS-style distance: at every position of every feature map, the squared difference of the two channel vectors
 * scaled to unit length, averaged over positions and added over maps (R. Zhang et al., "The Unreasonable
 * Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, without its learned channel weights; a
 * network that has them scales its own channels).
 */
export function perceptualMetric(network: FeatureNetwork): Metric {
  return {
    ...PERCEPTUAL,
    againstTruth: true,
    observe: async ({ truth, imagined }) => {
      const rows: number[] = [];
      for (let t = EVERY - 1; t < imagined.frames.length; t += EVERY) {
        rows.push(await perceptualDistance(network, truth.frames[t]!, imagined.frames[t]!), 1);
      }
      return rows.length === 0 ? undefined : Float64Array.from(rows);
    },
    estimate: ratioOfSums(),
  };
}

/** See `perceptualMetric`. */
export async function perceptualDistance(network: FeatureNetwork, a: Frame, b: Frame): Promise<number> {
  const [first, second] = [await network.features([a]), await network.features([b])];
  return first.maps.reduce((sum, map, i) => sum + mapDistance(map, second.maps[i]!), 0);
}

function mapDistance(a: FeatureMap, b: FeatureMap): number {
  const positions = a.values.length / a.channels;
  let sum = 0;
  for (let i = 0; i < positions; i++) {
    let [aa, bb, ab] = [0, 0, 0];
    for (let at = i; at < a.values.length; at += positions) {
      aa += a.values[at]! ** 2;
      bb += b.values[at]! ** 2;
      ab += a.values[at]! * b.values[at]!;
    }
    // |a/|a| − b/|b||², where a vector of length zero stays zero.
    const cosine = aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
    sum += (aa === 0 ? 0 : 1) + (bb === 0 ? 0 : 1) - 2 * cosine;
  }
  return sum / positions;
}
