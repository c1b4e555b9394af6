const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Rounds float32 numbers to the nearest float16 (IEEE 754 binary16, ties to even), as bit patterns. */
export function toFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (const [index, value] of values.entries()) halves[index] = half(value);
  return halves;
}

function half(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal: rebias the exponent from 127 to 15 and drop 13 bits of the fraction.
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  // Subnormal: the fraction counts units of 2⁻²⁴.
  const units = Math.abs(value) * 2 ** 24;
  const below = Math.floor(units);
  const rest = units - below;
  return sign | (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below);
}
