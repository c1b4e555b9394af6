import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/random.ts';
import { fillNoise } from '../../src/train/noise.ts';

const COUNT = 2_000_000;
const noise = fillNoise(seededRandom(5), new Float32Array(COUNT));

/** Mean of a power of the numbers, in standard errors from that of a normal distribution. */
function momentError(power: number): number {
  // E[x^n] of a standard normal is (n − 1)!! for even n and 0 for odd n.
  const moment = (n: number): number => (n % 2 === 1 ? 0 : n === 0 ? 1 : (n - 1) * moment(n - 2));
  let sum = 0;
  for (const value of noise) sum += value ** power;
  const error = Math.sqrt((moment(2 * power) - moment(power) ** 2) / COUNT);
  return (sum / COUNT - moment(power)) / error;
}

/** The normal distribution function by its series (Marsaglia 2004), which shares nothing with the sampler. */
function normalShare(x: number): number {
  let sum = x;
  let term = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.5 * Math.log(2 * Math.PI));
}

describe('noise', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has moment %i of a standard normal', (power) => {
    expect(Math.abs(momentError(power))).toBeLessThan(4);
  });

  it('follows the normal distribution (Kolmogorov–Smirnov)', () => {
    const sorted = noise.toSorted();
    let distance = 0;
    for (const [rank, value] of sorted.entries()) {
      const share = normalShare(value);
      distance = Math.max(distance, Math.abs(share - rank / COUNT), Math.abs(share - (rank + 1) / COUNT));
    }
    // Larger by chance once in a thousand.
    expect(distance * Math.sqrt(COUNT)).toBeLessThan(1.95);
  });

  it.each([3, 3.6541528853610088, 4, 4.5])('is as often beyond ±%d as it should be', (limit) => {
    const expected = COUNT * (1 - normalShare(limit));
    for (const sign of [-1, 1]) {
      const beyond = noise.reduce((count, value) => count + (sign * value > limit ? 1 : 0), 0);
      expect(Math.abs(beyond - expected) / Math.sqrt(expected)).toBeLessThan(4);
    }
  });

  it('has neighbours that know nothing of each other', () => {
    for (const distance of [1, 2, 16]) {
      let values = 0;
      let sizes = 0;
      for (let index = distance; index < COUNT; index += 1) {
        values += noise[index]! * noise[index - distance]!;
        sizes += (noise[index]! ** 2 - 1) * (noise[index - distance]! ** 2 - 1);
      }
      expect(Math.abs(values) / Math.sqrt(COUNT)).toBeLessThan(4);
      expect(Math.abs(sizes) / 2 / Math.sqrt(COUNT)).toBeLessThan(4);
    }
  });

  it('goes on where a stored state left off', () => {
    const random = seededRandom(9);
    fillNoise(random, new Float32Array(1000));
    const state = random.state();
    const onwards = fillNoise(random, new Float32Array(1000));
    expect(fillNoise(seededRandom(state), new Float32Array(1000))).toEqual(onwards);
  });
});
