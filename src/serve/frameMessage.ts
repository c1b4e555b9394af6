/**
 * A frame on the wire: a binary message, little-endian, that the server packs and the page unpacks.
 *
 * | byte | type    | meaning                                                             |
 * |------|---------|---------------------------------------------------------------------|
 * | 0    | uint8   | version of this layout: 1                                           |
 * | 1    | uint8   | coding of the picture: 0 raw RGB, three bytes a pixel; 1 JPEG       |
 * | 2    | uint8   | 1 when the world plays itself                                       |
 * | 3    | uint8   | denoising steps                                                     |
 * | 4    | uint32  | index of the frame since the start state                            |
 * | 8    | uint32  | sequence number of the newest input that shaped the frame           |
 * | 12   | float32 | milliseconds that imagining and coding took                         |
 * | 16   | uint16  | width in pixels                                                     |
 * | 18   | uint16  | height in pixels                                                    |
 * | 20   | uint16  | beats dropped since the frame before                                |
 * | 22   | uint16  | n, the dimensions of the action                                     |
 * | 24   | float32 | the action, n values, normalised, per shown frame                   |
 * | 24+4n| bytes   | the picture                                                         |
 */
export interface FrameMessage {
  readonly coding: 'rgb' | 'jpeg';
  readonly watching: boolean;
  readonly steps: number;
  readonly index: number;
  readonly sequence: number;
  readonly modelMs: number;
  readonly width: number;
  readonly height: number;
  readonly dropped: number;
  readonly action: Float32Array;
  readonly picture: Uint8Array;
}

/** A frame as it arrives: the picture is a part of the message's own memory. */
export interface ReceivedFrame extends FrameMessage {
  readonly picture: Uint8Array<ArrayBuffer>;
}

const VERSION = 1;
const FIXED_BYTES = 24;
const MOST_DROPPED = 0xffff;

/** Packs a frame into one binary message. */
export function packFrame(frame: FrameMessage): Uint8Array {
  const actionBytes = 4 * frame.action.length;
  const bytes = new Uint8Array(FIXED_BYTES + actionBytes + frame.picture.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, frame.coding === 'jpeg' ? 1 : 0);
  view.setUint8(2, frame.watching ? 1 : 0);
  view.setUint8(3, frame.steps);
  view.setUint32(4, frame.index, true);
  view.setUint32(8, frame.sequence, true);
  view.setFloat32(12, frame.modelMs, true);
  view.setUint16(16, frame.width, true);
  view.setUint16(18, frame.height, true);
  view.setUint16(20, Math.min(frame.dropped, MOST_DROPPED), true);
  view.setUint16(22, frame.action.length, true);
  frame.action.forEach((value, index) => {
    view.setFloat32(FIXED_BYTES + 4 * index, value, true);
  });
  bytes.set(frame.picture, FIXED_BYTES + actionBytes);
  return bytes;
}

/**
 * Unpacks a binary message.
 *
 * @throws RangeError when it is too short or of another version
 */
export function unpackFrame(buffer: ArrayBuffer): ReceivedFrame {
  const view = new DataView(buffer);
  const version = view.getUint8(0);
  if (version !== VERSION) throw new RangeError(`frame message of version ${version}, expected ${VERSION}`);
  const dimensions = view.getUint16(22, true);
  return {
    coding: view.getUint8(1) === 1 ? 'jpeg' : 'rgb',
    watching: view.getUint8(2) === 1,
    steps: view.getUint8(3),
    index: view.getUint32(4, true),
    sequence: view.getUint32(8, true),
    modelMs: view.getFloat32(12, true),
    width: view.getUint16(16, true),
    height: view.getUint16(18, true),
    dropped: view.getUint16(20, true),
    action: Float32Array.from({ length: dimensions }, (_, index) =>
      view.getFloat32(FIXED_BYTES + 4 * index, true),
    ),
    picture: new Uint8Array(buffer, FIXED_BYTES + 4 * dimensions),
  };
}
