/** The generator's whole state, to be stored in checkpoints. */
export type RandomState = readonly [number, number, number, number];

/** A seeded stream of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  state(): RandomState;
}

/**
 * The sfc32 generator (Doty-Humphrey, PractRand), which passes PractRand and BigCrush and needs 128 bits.
 *
 * @param seed any whole number, or a state from `Random.state` to go on from
 */
export function seededRandom(seed: number | RandomState): Random {
  let [a, b, c, counter] = typeof seed === 'number' ? [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1] : seed;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  if (typeof seed === 'number') for (let round = 0; round < 15; round += 1) next();
  const uniform = (): number => next() / 2 ** 32;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    // Box–Muller; the second number of the pair is dropped so that the state is only the generator's.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    state: () => [a, b, c, counter],
  };
}

/** Fills an array with standard normal numbers. */
export function fillNormal(random: Random, target: Float32Array): Float32Array {
  for (let index = 0; index < target.length; index += 1) target[index] = random.normal();
  return target;
}
