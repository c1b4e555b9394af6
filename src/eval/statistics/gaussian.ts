import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Sums over vectors, from which their mean and covariance follow; sums of parts add up to those of the whole. */
export class Moments {
  readonly dimensions: number;
  /** How many vectors, their sum, then the sum of their outer products row by row. */
  readonly sums: Float64Array;

  constructor(dimensions: number, sums: Float64Array = new Float64Array(1 + dimensions + dimensions ** 2)) {
    this.dimensions = dimensions;
    this.sums = sums;
  }

  add(vector: ArrayLike<number>): void {
    const n = this.dimensions;
    this.sums[0]! += 1;
    for (let i = 0; i < n; i++) {
      this.sums[1 + i]! += vector[i]!;
      for (let j = 0; j < n; j++) this.sums[1 + n + n * i + j]! += vector[i]! * vector[j]!;
    }
  }

  get count(): number {
    return this.sums[0]!;
  }

  /** The Gaussian with these vectors' mean and unbiased covariance; at least two vectors. */
  gaussian(): Gaussian {
    const n = this.dimensions;
    const count = this.sums[0]!;
    const mean = Array.from(this.sums.subarray(1, 1 + n), (sum) => sum / count);
    const covariance = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const product = this.sums[1 + n + n * i + j]!;
        covariance.set(i, j, (product - count * mean[i]! * mean[j]!) / (count - 1));
      }
    }
    return { mean, covariance };
  }
}

/** A multivariate normal distribution. */
export interface Gaussian {
  readonly mean: readonly number[];
  readonly covariance: Matrix;
}

/**
 * Square of the Fréchet (2-Wasserstein) distance of two Gaussians, |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½)
 * (D. C. Dowson, B. V. Landau, "The Fréchet Distance between Multivariate Normal Distributions", Journal of
 * Multivariate Analysis 12(3), 1982), as FID and FVD report it.
 *
 * @param first given as `rooted`, since it is often compared with many
 */
export function frechetDistance(first: RootedGaussian, second: Gaussian): number {
  const shift = first.mean.reduce((sum, mean, i) => sum + (mean - second.mean[i]!) ** 2, 0);
  // (Σ₁Σ₂)^½ has the same trace as (Σ₁^½ Σ₂ Σ₁^½)^½, which is symmetric.
  const product = first.root.mmul(second.covariance).mmul(first.root);
  const { realEigenvalues } = new EigenvalueDecomposition(product, { assumeSymmetric: true });
  const overlap = realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return Math.max(0, shift + first.covariance.trace() + second.covariance.trace() - 2 * overlap);
}

/** A Gaussian with the symmetric square root of its covariance. */
export interface RootedGaussian extends Gaussian {
  readonly root: Matrix;
}

/** Adds the symmetric square root of the covariance. */
export function rooted({ mean, covariance }: Gaussian): RootedGaussian {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  return { mean, covariance, root: eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose()) };
}
