import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { portNumber, positiveNumber, webAddress, wholeNumber } from '../../src/cli/options.ts';

describe('options', () => {
  it.each([
    [positiveNumber, { '0.5': 0.5, '1e3': 1000 }, ['0', '-1', 'ten', '', 'Infinity']],
    [wholeNumber, { '0': 0, '12': 12 }, ['-1', '1.5', 'ten', '', '1e3', '12345678901']],
    [portNumber, { '0': 0, '8080': 8080 }, ['80.5', '65536', '-1']],
  ] as const)('%o takes what it should and nothing else', (read, good, bad) => {
    for (const [text, value] of Object.entries(good)) expect(read(text)).toBe(value);
    for (const text of bad) expect(() => read(text)).toThrow(InvalidArgumentError);
  });

  it('takes addresses of the web and nothing else', () => {
    expect(webAddress('https://play.example.com/ride/').host).toBe('play.example.com');
    for (const text of ['play.example.com', 'ftp://example.com', 'javascript:alert(1)', ''])
      expect(() => webAddress(text)).toThrow(InvalidArgumentError);
  });
});
