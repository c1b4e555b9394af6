import type { Metric } from '../metrics/metric.ts';
import { DEEP_FRECHET, deepFrechetMetric } from './deepFrechet.ts';
import { openFeatureNetwork } from './network.ts';
import { PERCEPTUAL, perceptualMetric } from './perceptual.ts';

/** The metrics that a user's feature network adds, as `--list` explains them. */
export const FEATURE_METRICS = [PERCEPTUAL, DEEP_FRECHET];

/**
 * The metrics of a user's feature network: an image network gives the perceptual distance and a Fréchet distance of
 * pictures, a video network a Fréchet distance of clips. What it takes and gives: see `FeatureNetwork`.
 *
 * @throws UserError when the network is not as described
 */
export async function openFeatures(
  file: string,
): Promise<{ readonly metrics: readonly Metric[]; close(): Promise<void> }> {
  const network = await openFeatureNetwork(file);
  return {
    metrics: [...(network.kind === 'image' ? [perceptualMetric(network)] : []), deepFrechetMetric(network)],
    close: () => network.close(),
  };
}
