import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBindings } from '../../src/serve/page/bindings.ts';
import { keyLabel } from '../../src/serve/page/keyboardLayout.ts';
import { sticksFor } from '../../src/serve/page/sticks.ts';
import { tiltPush } from '../../src/serve/page/tilt.ts';
import { createVoice, type Heard, type Recogniser, spokenCommands } from '../../src/serve/page/voice.ts';

const car = sticksFor({ KeyW: [1, 0], KeyS: [-1, 0], KeyA: [0, -1], KeyD: [0, 1] });
const walk = sticksFor({ KeyW: [1, 0, 0], KeyA: [0, -1, 0], KeyD: [0, 1, 0], ArrowLeft: [0, 0, -1] });

afterEach(() => {
  vi.useRealTimers();
});

/** Stands where the browser's recogniser would and hears what it is told. */
class Listener implements Recogniser {
  static latest: Listener;
  continuous = false;
  interimResults = false;
  lang = '';
  onresult: ((event: Heard) => void) | null = null;
  onend: (() => void) | null = null;
  onerror: ((event: { readonly error: string }) => void) | null = null;
  started = 0;
  #results: { transcript: string }[][] = [];

  constructor() {
    Listener.latest = this;
  }

  start(): void {
    this.started += 1;
  }

  stop(): void {
    this.onend?.();
  }

  /** @param grows whether it goes on with what was heard last */
  hear(transcript: string, grows = false): void {
    if (!grows) this.#results.push([]);
    this.#results.splice(-1, 1, [{ transcript }]);
    this.onresult?.({ resultIndex: this.#results.length - 1, results: this.#results });
  }
}

function listen(sticks: typeof car) {
  vi.useFakeTimers();
  const events = { changed: vi.fn(), switched: vi.fn() };
  const voice = createVoice(Listener, () => sticks, events);
  voice.toggle();
  return { voice, events, listener: Listener.latest };
}

describe('spokenCommands', () => {
  it('finds phrases in what people say, longest first, and passes over the rest', () => {
    expect(spokenCommands('okay go forward and then turn left')).toEqual([
      { stick: 'first', way: 'up' },
      { stick: 'first', way: 'up' },
      { stick: 'last', way: 'left' },
    ]);
    expect(spokenCommands('Step left, look up. STOP!')).toEqual([
      { stick: 'first', way: 'left' },
      { stick: 'last', way: 'up' },
      'stop',
    ]);
    expect(spokenCommands('the leftovers are alright')).toEqual([]);
  });
});

describe('createVoice', () => {
  it('goes forward until it hears stop, and turns for a moment', () => {
    const { voice, listener } = listen(car);
    listener.hear('forward');
    expect(voice.held()).toEqual({ KeyW: 1 });
    listener.hear('turn left');
    expect(voice.held()).toEqual({ KeyW: 1, KeyA: 1 });
    vi.advanceTimersByTime(2000);
    expect(voice.held()).toEqual({ KeyW: 1 });
    listener.hear('back');
    expect(voice.held()).toEqual({ KeyS: 1 });
    listener.hear('stop');
    expect(voice.held()).toEqual({});
  });

  it('follows a command once while the sentence grows', () => {
    const { voice, listener } = listen(car);
    listener.hear('left');
    vi.advanceTimersByTime(2000);
    listener.hear('left and', true);
    expect(voice.held()).toEqual({});
    listener.hear('left and right', true);
    expect(voice.held()).toEqual({ KeyD: 1 });
  });

  it('turns with the arrows where letters step aside', () => {
    const { voice, listener } = listen(walk);
    listener.hear('turn left');
    expect(voice.held()).toEqual({ ArrowLeft: 1 });
    listener.hear('step left');
    expect(voice.held()).toEqual({ KeyA: 1 });
  });

  it('goes on listening when the browser stops by itself, and lets go when it is switched off', () => {
    const { voice, listener, events } = listen(car);
    listener.hear('forward');
    listener.onend?.();
    expect(listener.started).toBe(2);
    voice.toggle();
    expect(voice.on).toBe(false);
    expect(voice.held()).toEqual({});
    expect(listener.started).toBe(2);
    expect(events.switched).toHaveBeenLastCalledWith(undefined);
  });

  it('says why when it may not listen', () => {
    const { voice, listener, events } = listen(car);
    listener.onerror?.({ error: 'no-speech' });
    expect(voice.on).toBe(true);
    listener.onerror?.({ error: 'not-allowed' });
    expect(voice.on).toBe(false);
    expect(events.switched).toHaveBeenLastCalledWith('not-allowed');
  });
});

describe('tiltPush', () => {
  const neutral = { beta: 40, gamma: 0 };

  it('pushes the way the phone is tilted, from how it was held at first', () => {
    expect(tiltPush(neutral, neutral, 0)).toEqual([0, 0]);
    expect(tiltPush({ beta: 40, gamma: 12.5 }, neutral, 0)).toEqual([0.5, 0]);
    expect(tiltPush({ beta: 15, gamma: 0 }, neutral, 0)).toEqual([0, -1]);
    expect(tiltPush({ beta: 40, gamma: -90 }, neutral, 0)).toEqual([-1, 0]);
  });

  it('turns with the screen', () => {
    const [x, y] = tiltPush({ beta: 52.5, gamma: 0 }, neutral, 90);
    expect(x).toBeCloseTo(0.5, 9);
    expect(y).toBeCloseTo(0, 9);
  });
});

describe('keyLabel', () => {
  it('is what is printed on the key, as far as that is known', () => {
    const french = new Map([
      ['KeyW', 'z'],
      ['Minus', ')'],
      ['Digit2', 'é'],
      ['BracketLeft', 'ß'],
    ]);
    const codes = ['KeyW', 'Minus', 'Digit2', 'BracketLeft', 'ArrowUp', 'Comma', 'ShiftLeft', 'Numpad5'];
    expect(codes.map((code) => keyLabel(code, french))).toEqual([
      'Z',
      ')',
      'É',
      'ß',
      '↑',
      ',',
      'Shift Left',
      'Numpad 5',
    ]);
    expect(keyLabel('KeyW', new Map())).toBe('W');
  });
});

describe('createBindings', () => {
  const storage = () => {
    const values = new Map<string, string>();
    return {
      getItem: (name: string) => values.get(name) ?? null,
      setItem: (name: string, value: string) => void values.set(name, value),
      removeItem: (name: string) => void values.delete(name),
    };
  };

  it('gives a motion another key, swaps what the two mean, and remembers it', () => {
    const store = storage();
    const bindings = createBindings(store, new Map());
    bindings.bind('KeyE', 'KeyW');
    bindings.bind('ArrowUp', 'KeyS');
    for (const again of [bindings, createBindings(store, new Map())]) {
      expect(['KeyE', 'KeyW', 'ArrowUp', 'KeyS'].map(again.meant)).toEqual([
        'KeyW',
        'KeyE',
        'KeyS',
        'ArrowUp',
      ]);
      expect(again.boundTo('KeyW')).toBe('KeyE');
    }
    expect(['KeyW', 'KeyS', 'KeyA', 'KeyE'].map(bindings.label)).toEqual(['E', '↑', 'A', 'W']);
    bindings.bind('KeyW', 'KeyW');
    expect(bindings.boundTo('KeyW')).toBe('KeyW');
    bindings.reset();
    expect(createBindings(store, new Map()).changed).toBe(false);
  });

  it.each(['{', '7', '[["KeyE"]]', '[[1,2]]', 'null'])('passes over %s in the storage', (text) => {
    const store = storage();
    store.setItem('reverie-keys', text);
    expect(createBindings(store, new Map()).meant('KeyE')).toBe('KeyE');
  });
});
