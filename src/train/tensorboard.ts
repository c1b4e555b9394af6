import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal.js';

/** Writes what TensorBoard draws: numbers and pictures by step. */
export interface EventWriter {
  scalar(tag: string, step: number, value: number): void;
  /** @param png the picture as a PNG file */
  image(
    tag: string,
    step: number,
    png: Uint8Array,
    size: { readonly width: number; readonly height: number },
  ): void;
  close(): void;
}

/** The reversed polynomial of CRC-32C (Castagnoli et al. 1993). */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});
const RGB = 3;

/**
 * Opens an event file of TensorBoard in a folder: records of `Event` messages (tensorflow/core/util/event.proto) in
 * the framing of TFRecord, each with its length and masked checksums. Every start writes a file of its own;
 * TensorBoard joins them.
 */
export function openEvents(folder: string): EventWriter {
  mkdirSync(folder, { recursive: true });
  const file = openSync(
    join(folder, `events.out.tfevents.${Math.floor(Date.now() / 1000)}.reverie.${process.pid}`),
    'a',
  );
  const write = (step: number, fill: (event: protobuf.Writer) => void): void => {
    const event = protobuf.Writer.create();
    event.uint32((1 << 3) | 1).double(Date.now() / 1000);
    event.uint32(2 << 3).int64(step);
    fill(event);
    writeSync(file, record(event.finish()));
  };
  const value = (step: number, tag: string, fill: (body: protobuf.Writer) => void): void =>
    write(step, (event) => {
      // summary { value { tag … } }
      const body = event
        .uint32((5 << 3) | 2)
        .fork()
        .uint32((1 << 3) | 2)
        .fork();
      body.uint32((1 << 3) | 2).string(tag);
      fill(body);
      body.ldelim().ldelim();
    });
  write(0, (event) => event.uint32((3 << 3) | 2).string('brain.Event:2'));
  return {
    scalar: (tag, step, number) => value(step, tag, (body) => body.uint32((2 << 3) | 5).float(number)),
    image: (tag, step, png, { width, height }) =>
      value(step, tag, (body) => {
        const image = body.uint32((4 << 3) | 2).fork();
        image
          .uint32(1 << 3)
          .int32(height)
          .uint32(2 << 3)
          .int32(width)
          .uint32(3 << 3)
          .int32(RGB);
        image.uint32((4 << 3) | 2).bytes(png);
        image.ldelim();
      }),
    close: () => closeSync(file),
  };
}

/** A record of a TFRecord file: length, its checksum, the data, its checksum. */
function record(data: Uint8Array): Buffer {
  const out = Buffer.alloc(data.length + 16);
  out.writeBigUInt64LE(BigInt(data.length), 0);
  out.writeUInt32LE(maskedChecksum(out.subarray(0, 8)), 8);
  out.set(data, 12);
  out.writeUInt32LE(maskedChecksum(data), 12 + data.length);
  return out;
}

/** CRC-32C, rotated and shifted as TFRecord wants, so that data that holds checksums stays checkable. */
function maskedChecksum(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
