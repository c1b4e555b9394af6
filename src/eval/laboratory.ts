import type { Camera } from '../data/egomotion/camera.ts';
import { MOTIONS } from '../world/manifest.ts';
import type { FootageStatistics } from './footage.ts';
import { type AlignedMotion, alignedMotion } from './motion/alignment.ts';
import { labelledMotion } from './motion/labeller.ts';
import type { Driven, Sequence } from './types.ts';

const YAW = MOTIONS.indexOf('yaw');

/**
 * What metrics measure with. Measurements that several metrics need are made once and kept as long as their
 * frames are.
 */
export class Laboratory {
  /** One normalised unit of each of `MOTIONS` in the dataset; infinite where the dataset does not have it. */
  readonly units: readonly number[];
  readonly footage: FootageStatistics;
  readonly #camera: Camera;
  readonly #forwardUnit: number;
  readonly #labelled = new WeakMap<Sequence, Promise<Float64Array>>();
  readonly #aligned = new WeakMap<Sequence, AlignedMotion[]>();

  /**
   * @param camera at the size of the frames
   * @param forwardUnit of the dataset, in that of `alignedMotion`
   */
  constructor(camera: Camera, units: readonly number[], footage: FootageStatistics, forwardUnit: number) {
    this.#camera = camera;
    this.#forwardUnit = forwardUnit;
    this.units = units;
    this.footage = footage;
  }

  /** See `labelledMotion`. */
  labelled(sequence: Sequence): Promise<Float64Array> {
    const known = this.#labelled.get(sequence) ?? labelledMotion(sequence, this.#camera);
    this.#labelled.set(sequence, known);
    return known;
  }

  /** See `alignedMotion`; `forward` in the dataset's unit. */
  aligned(sequence: Sequence): AlignedMotion[] {
    const known =
      this.#aligned.get(sequence) ??
      alignedMotion(sequence, this.#camera.lens).map((motion) => ({
        ...motion,
        forward: motion.forward / this.#forwardUnit,
      }));
    this.#aligned.set(sequence, known);
    return known;
  }

  /** The share of the yaw commanded over the first frames that the second judge saw; 0 when there was none. */
  turnedShare(sequence: Driven, frames: number): number {
    let asked = 0;
    let seen = 0;
    for (const [t, motion] of this.aligned(sequence).slice(0, frames).entries()) {
      asked += sequence.commanded[MOTIONS.length * t + YAW]!;
      seen += motion.yaw;
    }
    return asked === 0 ? 0 : seen / asked;
  }
}
