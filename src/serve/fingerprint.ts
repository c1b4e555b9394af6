import { playedFiles, type WorldManifest } from '../world/manifest.ts';

/**
 * Tells a checkpoint from every other of its name: a hash of what its pictures follow from, which is its files and
 * how it is sampled.
 */
export function fingerprintOf(manifest: Pick<WorldManifest, 'files' | 'sampling'>): string {
  const { files, sampling } = manifest;
  return fnv1a(JSON.stringify([playedFiles(manifest).map((name) => [name, files[name]]), sampling]));
}

/** The 64-bit FNV-1a hash of a text, in hexadecimal. Browsers give pages without TLS no other. */
export function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
