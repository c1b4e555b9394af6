/** Pearson's correlation over the length of the shorter series. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length);
  const mean = (values: readonly number[]): number =>
    values.slice(0, n).reduce((sum, value) => sum + value, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [saa, sbb, sab] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    saa += (a[i]! - ma) ** 2;
    sbb += (b[i]! - mb) ** 2;
    sab += (a[i]! - ma) * (b[i]! - mb);
  }
  return sab / Math.sqrt(saa * sbb);
}

/** The lag in frames at which motion follows a command best, −3 … 10, and the correlation there. */
export function bestLag(
  motion: readonly number[],
  command: readonly number[],
): { lag: number; match: number } {
  let best = { lag: 0, match: -1 };
  for (let lag = -3; lag <= 10; lag++) {
    const from = Math.max(0, lag);
    const match = correlation(motion.slice(from), command.slice(Math.max(0, -lag)));
    if (match > best.match) best = { lag, match };
  }
  return best;
}

/** Steering beyond this share of its 85th percentile counts as a key that is held. */
const PRESSED = 0.4;

/**
 * Mean F1 over left, right and neither, of derived keys against a driver's steering.
 *
 * @param keys derived keys of each frame
 * @param lag frames by which the keys follow the steering
 */
export function macroF1(
  keys: readonly (readonly string[])[],
  steering: readonly number[],
  lag: number,
): number {
  const sizes = steering.map(Math.abs).toSorted((a, b) => a - b);
  const limit = PRESSED * sizes[Math.floor(0.85 * (sizes.length - 1))]!;
  const pairs = keys.flatMap((held, t) => {
    const command = steering[t - lag];
    if (command === undefined) return [];
    const derived = held.includes('ArrowLeft') ? 'left' : held.includes('ArrowRight') ? 'right' : 'none';
    return [{ derived, driven: command > limit ? 'right' : command < -limit ? 'left' : 'none' }];
  });
  const scores = ['left', 'right', 'none'].flatMap((label) => {
    const both = pairs.filter(({ derived, driven }) => derived === label && driven === label).length;
    const either = pairs.filter(({ derived }) => derived === label).length;
    const driven = pairs.filter((pair) => pair.driven === label).length;
    return driven === 0 ? [] : [(2 * both) / (either + driven)];
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
