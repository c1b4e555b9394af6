/** Bytes 0…255 as 0…1; a plain loop, since play does this for every frame. */
export function unitValues(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) values[index] = bytes[index]! / 255;
  return values;
}
