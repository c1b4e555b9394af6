import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import type { Tracks } from '../egomotion/tracker.ts';
import { writable } from '../video/encode.ts';

/** Writes the tracks of a clip, pair by pair, in constant memory. */
export interface TracksWriter {
  /** Adds the tracks of the next pair of frames. */
  add(tracks: Tracks): Promise<void>;
  /** Gives the file its name; without it nothing is kept. */
  finish(): Promise<void>;
  /** Ends the writing and removes what is not finished. */
  close(): Promise<void>;
}

/**
 * Opens a new file of tracks: for each pair of frames the count of its points (uint32), then x0, y0, x1, y1 of each
 * (float32), little-endian. It appears under its name only when it is complete.
 */
export function writeTracks(file: string): TracksWriter {
  const partial = `${file}.partial`;
  const stream = createWriteStream(partial);
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  return {
    async add(tracks) {
      if (failure !== undefined) throw failure;
      const record = Buffer.alloc(4 + tracks.byteLength);
      record.writeUInt32LE(tracks.length / 4);
      record.set(new Uint8Array(tracks.buffer, tracks.byteOffset, tracks.byteLength), 4);
      if (!stream.write(record)) await writable(stream);
    },
    async finish() {
      stream.end();
      await finished(stream);
      await rename(partial, file);
    },
    async close() {
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}

/**
 * Reads a file of tracks in constant memory.
 *
 * @returns the tracks of each pair of frames, in order
 * @throws UserError when the file is damaged
 */
export async function* readTracks(file: string): AsyncGenerator<Tracks> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    rest = Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length >= at + 4) {
      const bytes = 16 * rest.readUInt32LE(at);
      if (rest.length < at + 4 + bytes) break;
      yield new Float32Array(Uint8Array.from(rest.subarray(at + 4, at + 4 + bytes)).buffer);
      at += 4 + bytes;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new UserError(`${file} is damaged`, 'delete it and run the same command again');
}
