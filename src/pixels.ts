/**
 * Bytes 0…255 as 0…1; a plain loop, since play does this for every frame.
 *
 * @param values where they are put, at least as long; a new array when left out
 */
export function unitValues(bytes: Uint8Array, values = new Float32Array(bytes.length)): Float32Array {
  for (let index = 0; index < bytes.length; index += 1) values[index] = bytes[index]! / 255;
  return values;
}
