import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { rotationOf } from '../../src/eval/motion/trajectory.ts';
import { MOTIONS } from '../../src/world/manifest.ts';
import { ORIGIN, type Pose, Poses } from '../../src/world/pose.ts';

const ALL = new Poses({
  names: [...MOTIONS],
  driven: [...MOTIONS],
  scale: [0.4, 0.1, 0.2, 0.15, 0.05, 0.03],
  keys: {},
});
const CAR = new Poses({
  names: ['forward', 'yaw', 'pitch'],
  driven: ['forward', 'yaw'],
  scale: [0.5, Math.PI / 20, 0.02],
  keys: { KeyW: [1, 0, 0.25], KeyD: [0, 2, -1], KeyA: [0, -1, 0.5] },
});

const action = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 });
const path = fc.array(action, { maxLength: 6 });
const along = (poses: Poses, actions: readonly (readonly number[])[]): Pose =>
  actions.reduce((pose, taken) => poses.after(pose, taken), ORIGIN);

describe('poses', () => {
  it('come back by the opposite actions', () => {
    fc.assert(
      fc.property(path, (actions) => {
        const back = actions.toReversed().map((taken) => taken.map((value) => -value));
        expect(ALL.distance(along(ALL, [...actions, ...back]), ORIGIN)).toBeLessThan(1e-6);
      }),
    );
  });

  it('are led to by the action that is said to lead there', () => {
    fc.assert(
      fc.property(path, action, (actions, last) => {
        const from = along(ALL, actions);
        const to = ALL.after(from, last);
        const said = ALL.action(from, to);
        for (const [index, value] of last.entries()) expect(said[index]).toBeCloseTo(value, 4);
      }),
    );
  });

  it('turn and move as products of rotation matrices do', () => {
    fc.assert(
      fc.property(path, (actions) => {
        let rotation = Matrix.identity(3);
        let position = Matrix.zeros(3, 1);
        for (const taken of actions) {
          const [forward, strafe, vertical, yaw, pitch, roll] = [0.4, 0.1, 0.2, 0.15, 0.05, 0.03].map(
            (unit, index) => unit * taken[index]!,
          );
          const half = rotationOf([pitch! / 2, yaw! / 2, roll! / 2]);
          const midway = rotation.mmul(half);
          const step = midway.mmul(Matrix.columnVector([strafe!, -vertical!, forward!]));
          position = Matrix.add(position, step);
          rotation = midway.mmul(half);
        }
        const pose = along(ALL, actions);
        for (const [index, value] of position.to1DArray().entries())
          expect(pose.position[index]).toBeCloseTo(value, 9);
        // Of a rotation by an angle, the trace is 1 + 2 cos and the scalar of the quaternion cos of the half.
        expect(4 * pose.rotation[0] ** 2 - 1).toBeCloseTo(rotation.trace(), 9);
      }),
    );
  });

  it('are where they began after a full turn, and as far from it on both ways round', () => {
    const right = Array.from({ length: 40 }, () => [0, 1, 0]);
    expect(CAR.distance(along(CAR, right), ORIGIN)).toBeLessThan(1e-9);
    expect(CAR.distance(along(CAR, right.slice(0, 30)), ORIGIN)).toBeCloseTo(10, 9);
    expect(CAR.action(along(CAR, right.slice(0, 39)), ORIGIN)[1]).toBeCloseTo(1, 5);
  });

  it('leave out jolts, which then come along as with the keys that drive most', () => {
    expect(CAR.distance(CAR.after(ORIGIN, [0, 0, 5]), ORIGIN)).toBe(0);
    const [forward, yaw, pitch] = CAR.action(ORIGIN, CAR.after(ORIGIN, [2, 0.5, 9]));
    expect([forward, yaw]).toEqual([2, 0.5].map((value) => expect.closeTo(value, 5)));
    expect(pitch).toBeCloseTo(2 * 0.25 + 0.5 * -0.5, 5);
  });
});
