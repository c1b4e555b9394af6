import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packFrame, unpackFrame } from '../../src/serve/frameMessage.ts';
import { parsePlayerMessage } from '../../src/serve/messages.ts';
import { createPictureCoder } from '../../src/serve/picture.ts';

const whole = (max: number) => fc.integer({ min: 0, max });
const float = fc.float({ noNaN: true });

const frame = fc.record({
  coding: fc.constantFrom('rgb' as const, 'jpeg' as const),
  watching: fc.boolean(),
  steps: whole(255),
  index: whole(2 ** 32 - 1),
  sequence: whole(2 ** 32 - 1),
  modelMs: float,
  width: whole(65535),
  height: whole(65535),
  dropped: whole(65535),
  action: fc.array(float, { maxLength: 6 }).map((values) => Float32Array.from(values)),
  picture: fc.uint8Array({ maxLength: 200 }),
});

describe('frame message', () => {
  it('arrives as it was sent', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        const bytes = packFrame(sent);
        const buffer = new ArrayBuffer(bytes.length);
        new Uint8Array(buffer).set(bytes);
        expect(unpackFrame(buffer)).toEqual(sent);
      }),
    );
  });

  it('refuses what is no frame', () => {
    expect(() => unpackFrame(new ArrayBuffer(3))).toThrow(RangeError);
    expect(() => unpackFrame(new ArrayBuffer(40))).toThrow('version 0');
  });
});

describe('parsePlayerMessage', () => {
  it('reads what the page says', () => {
    const message = { type: 'input', sequence: 3, held: { KeyW: 1, ArrowLeft: 0.5 } };
    expect(parsePlayerMessage(JSON.stringify(message))).toEqual(message);
    expect(parsePlayerMessage('{"type":"reset","start":"next"}')).toEqual({ type: 'reset', start: 'next' });
  });

  it.each([
    'nonsense',
    'null',
    '[]',
    '{"type":"fly"}',
    '{"type":"pause"}',
    '{"type":"pause","on":true,"more":1}',
    '{"type":"input","sequence":-1,"held":{}}',
    '{"type":"input","sequence":1,"held":{"KeyW":2}}',
    JSON.stringify({
      type: 'input',
      sequence: 1,
      held: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`Key${index}`, 1])),
    }),
  ])('refuses %s with a reason', (text) => {
    expect(parsePlayerMessage(text)).toEqual({ problem: expect.stringMatching(/\S/) });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parsePlayerMessage(text)));
  });
});

describe('createPictureCoder', () => {
  const picture = { width: 16, height: 8, rgb: new Uint8Array(16 * 8 * 3).fill(90) };

  it('makes JPEG pictures', () => {
    const coder = createPictureCoder();
    const bytes = coder.encode(picture);
    expect(coder.coding).toBe('jpeg');
    expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  });

  it('sends raw pixels where the JPEG library does not load', () => {
    const coder = createPictureCoder(() => {
      throw new Error('no prebuilt library');
    });
    expect(coder.coding).toBe('rgb');
    expect(coder.encode(picture)).toBe(picture.rgb);
  });
});
