/** A field of view in degrees and the curve of `Lens`. */
export interface LensGuess {
  readonly fieldOfView: number;
  readonly curve: number;
}

/** A lens that was tried, and what it costs the footage. */
export interface TriedLens extends LensGuess {
  readonly cost: number;
}

/** Fields of view that explain something about as well, in degrees. */
export interface FieldsOfView {
  readonly from: number;
  readonly to: number;
}

/** Without evidence a camera has a plain lens of this field of view (a phone or a dash-cam). */
export const USUAL: LensGuess = { fieldOfView: 75, curve: 1 };

/** What a lens costs for being unusual: by the square of the logarithm of its field of view, and for any curve. */
const UNUSUAL_VIEW = 0.02;
const UNUSUAL_CURVE = 0.005;
/** Costs of lenses differ by about as much by chance, however many pairs there are: no tracks are quite as expected. */
const CHANCE = 0.005;
/** Lenses are alike that cost at most this much more than the best. */
const ALIKE = 0.03;
/** Between the fields of view that were tried the cost is interpolated in steps of this logarithm. */
const STEP = 0.01;

/** The least costly of some lenses, with what they cost for being unusual. */
export function leastCostly<Lens extends TriedLens>(lenses: readonly Lens[]): Lens {
  return lenses.reduce((best, lens) => (fullCost(lens) < fullCost(best) ? lens : best));
}

/**
 * The likeliest lens: the mean of the fields of view under the likeliest curve, weighted by how likely they are, with
 * costs interpolated between those that were tried.
 *
 * @param tried lenses of all curves, at least three of each
 * @returns it, and the range of the fields of view that are alike, whatever their curve
 */
export function likeliestLens(tried: readonly TriedLens[]): { guess: LensGuess; range: FieldsOfView } {
  const curves = [...new Set(tried.map(({ curve }) => curve))];
  const lenses = curves.flatMap((curve) => interpolated(tried.filter((lens) => lens.curve === curve)));
  const least = fullCost(leastCostly(lenses));
  const masses = lenses.map((lens) => Math.exp((least - fullCost(lens)) / CHANCE));
  const sumOver = (curve: number, of: (lens: LensGuess) => number): number =>
    lenses.reduce((sum, lens, i) => sum + (lens.curve === curve ? masses[i]! * of(lens) : 0), 0);
  const massOf = (curve: number): number => sumOver(curve, () => 1);
  const curve = curves.reduce((most, other) => (massOf(other) > massOf(most) ? other : most));
  const logarithm = sumOver(curve, ({ fieldOfView }) => Math.log(fieldOfView)) / massOf(curve);
  const alike = lenses.filter((lens) => fullCost(lens) < least + ALIKE);
  return { guess: { fieldOfView: Math.exp(logarithm), curve }, range: spanOf(alike) };
}

/** From the narrowest to the widest. */
export function spanOf(lenses: readonly LensGuess[]): FieldsOfView {
  const views = lenses.map(({ fieldOfView }) => fieldOfView);
  return { from: Math.min(...views), to: Math.max(...views) };
}

function fullCost({ fieldOfView, curve, cost }: TriedLens): number {
  const unusual = Math.log(fieldOfView / USUAL.fieldOfView) ** 2;
  return cost + UNUSUAL_VIEW * unusual + (curve === USUAL.curve ? 0 : UNUSUAL_CURVE);
}

/**
 * Lenses of one curve in fine steps. Between two that were tried the cost is on the flatter of the parabolas through them
 * and one neighbour (essentially non-oscillatory interpolation: Harten and others, 1987): beside a cliff, where no
 * motion explains the footage any more, the steeper would dip below all that was tried.
 */
function interpolated(tried: readonly TriedLens[]): TriedLens[] {
  const sorted = tried.toSorted((a, b) => a.fieldOfView - b.fieldOfView);
  const { curve } = sorted[0]!;
  const x = sorted.map(({ fieldOfView }) => Math.log(fieldOfView));
  const slope = (k: number): number => (sorted[k + 1]!.cost - sorted[k]!.cost) / (x[k + 1]! - x[k]!);
  const bends = x.slice(2).map((_, k) => (slope(k + 1) - slope(k)) / (x[k + 2]! - x[k]!));
  const flatter = (k: number): number => {
    const [left, right] = [bends[k - 1] ?? bends[k]!, bends[k] ?? bends[k - 1]!];
    return Math.abs(left) < Math.abs(right) ? left : right;
  };
  const between = x.slice(1).flatMap((next, k) => {
    const steps = Math.ceil((next - x[k]!) / STEP);
    return Array.from({ length: steps }, (_, i) => {
      const from = ((next - x[k]!) * i) / steps;
      const bent = flatter(k) * from * (x[k]! + from - next);
      return { fieldOfView: Math.exp(x[k]! + from), curve, cost: sorted[k]!.cost + slope(k) * from + bent };
    });
  });
  return [...between, sorted.at(-1)!];
}
