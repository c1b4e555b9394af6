import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { MOTIONS } from '../../world/manifest.ts';

/** A camera's pose in the world: columns of the rotation are the camera's axes. */
export interface Pose {
  readonly rotation: Matrix;
  /** Column vector. */
  readonly position: Matrix;
}

/** A similarity of space: x → scale · rotation · x + translation. */
export interface Similarity {
  readonly scale: number;
  readonly rotation: Matrix;
  readonly translation: Matrix;
}

/**
 * Integrates displacements into poses, the identity first.
 *
 * @param displacement float64 [frames, 6] in the order of `MOTIONS`, each in the frame of the camera before it
 */
export function trajectory(displacement: Float64Array): Pose[] {
  let pose: Pose = { rotation: Matrix.identity(3), position: Matrix.zeros(3, 1) };
  const poses = [pose];
  for (let at = 0; at < displacement.length; at += MOTIONS.length) {
    const [forward, strafe, vertical, yaw, pitch, roll] = displacement.subarray(at, at + MOTIONS.length);
    // Camera axes are x right, y down, z forward; `displacementOf` names the same twist.
    const step = Matrix.columnVector([strafe!, -vertical!, forward!]);
    pose = {
      position: Matrix.add(pose.position, pose.rotation.mmul(step)),
      rotation: pose.rotation.mmul(rotationOf([pitch!, yaw!, roll!])),
    };
    poses.push(pose);
  }
  return poses;
}

/** Rodrigues' formula: the rotation about an axis by its length. */
export function rotationOf([x, y, z]: readonly [number, number, number]): Matrix {
  const angle = Math.hypot(x, y, z);
  const skew = new Matrix([
    [0, -z, y],
    [z, 0, -x],
    [-y, x, 0],
  ]);
  const first = angle < 1e-9 ? 1 : Math.sin(angle) / angle;
  const second = angle < 1e-9 ? 0.5 : (1 - Math.cos(angle)) / angle ** 2;
  return Matrix.add(
    Matrix.add(Matrix.identity(3), Matrix.mul(skew, first)),
    Matrix.mul(skew.mmul(skew), second),
  );
}

/** The angle of a rotation in radians. */
export function angleOf(rotation: Matrix): number {
  return Math.acos(Math.min(1, Math.max(-1, (rotation.trace() - 1) / 2)));
}

/**
 * The similarity that best carries one set of points onto another, in the least-squares sense (S. Umeyama,
 * "Least-Squares Estimation of Transformation Parameters Between Two Point Patterns", TPAMI 13(4), 1991).
 *
 * @param from points, 3 × n
 * @param to where they should go, 3 × n
 * @returns undefined when the points of `from` coincide
 */
export function umeyama(from: Matrix, to: Matrix): Similarity | undefined {
  const count = from.columns;
  const fromMean = Matrix.columnVector(from.mean('row'));
  const toMean = Matrix.columnVector(to.mean('row'));
  const a = from.clone().subColumnVector(fromMean);
  const b = to.clone().subColumnVector(toMean);
  const variance = a.norm() ** 2 / count;
  if (variance < 1e-12) return undefined;
  const svd = new SingularValueDecomposition(b.mmul(a.transpose()).div(count), { autoTranspose: true });
  const [u, v] = [svd.leftSingularVectors, svd.rightSingularVectors];
  const sign = determinant(u) * determinant(v) < 0 ? -1 : 1;
  const mirror = Matrix.diag([1, 1, sign]);
  const rotation = u.mmul(mirror).mmul(v.transpose());
  const [first, second, third] = svd.diagonal;
  const scale = (first! + second! + sign * third!) / variance;
  return {
    scale,
    rotation,
    translation: Matrix.sub(toMean, Matrix.mul(rotation, scale).mmul(fromMean)),
  };
}

function determinant(m: Matrix): number {
  const at = (i: number, j: number): number => m.get(i, j);
  return (
    at(0, 0) * (at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)) -
    at(0, 1) * (at(1, 0) * at(2, 2) - at(1, 2) * at(2, 0)) +
    at(0, 2) * (at(1, 0) * at(2, 1) - at(1, 1) * at(2, 0))
  );
}
