import type { Held } from '../actions.ts';
import type { Stick } from './sticks.ts';

/** What is used of the browser's `SpeechRecognition` (Web Speech API). */
export interface Recogniser {
  continuous: boolean;
  interimResults: boolean;
  lang: string;
  onresult: ((event: Heard) => void) | null;
  onend: (() => void) | null;
  onerror: ((event: { readonly error: string }) => void) | null;
  start(): void;
  stop(): void;
}

/** What was heard: results from `resultIndex` on are new, or no longer what they were. */
export interface Heard {
  readonly resultIndex: number;
  readonly results: ArrayLike<ArrayLike<{ readonly transcript: string }>>;
}

/** Drives by spoken words. */
export interface Voice {
  readonly on: boolean;
  held(): Held;
  toggle(): void;
}

export interface VoiceEvents {
  /** What is held has changed. */
  changed(): void;
  /** Listening has begun or ended; told why when not on wish. */
  switched(problem: string | undefined): void;
}

type Way = 'up' | 'down' | 'left' | 'right';
/** What a phrase asks for: a way of the first stick or of the last one, or to let go. */
type Command = { readonly stick: 'first' | 'last'; readonly way: Way } | 'stop';

/** Longer phrases first, since each word counts once. */
const PHRASES: readonly (readonly [string, Command])[] = [
  ['step left', { stick: 'first', way: 'left' }],
  ['step right', { stick: 'first', way: 'right' }],
  ['look up', { stick: 'last', way: 'up' }],
  ['look down', { stick: 'last', way: 'down' }],
  ['forwards?|ahead|go|drive', { stick: 'first', way: 'up' }],
  ['backwards?|back|reverse', { stick: 'first', way: 'down' }],
  ['left', { stick: 'last', way: 'left' }],
  ['right', { stick: 'last', way: 'right' }],
  ['stop|halt|wait', 'stop'],
];
const ANY_PHRASE = new RegExp(PHRASES.map(([words]) => `\\b(${words})\\b`).join('|'), 'gi');

/** A turn is over by itself: words come too late to end it in time. */
const TURN_MS = 900;

/** The commands in what was said, in order; words that are none are passed over. */
export function spokenCommands(text: string): Command[] {
  return [...text.matchAll(ANY_PHRASE)].map(
    (match) => PHRASES[match.slice(1).findIndex((group) => group !== undefined)]![1],
  );
}

/** The browser's recogniser, where it has one. */
export function browserRecogniser(): (new () => Recogniser) | undefined {
  const found: unknown =
    Reflect.get(window, 'SpeechRecognition') ?? Reflect.get(window, 'webkitSpeechRecognition');
  return isRecogniser(found) ? found : undefined;
}

/** The standard promises the rest. */
function isRecogniser(value: unknown): value is new () => Recogniser {
  return typeof value === 'function';
}

/**
 * Listens for "forward", "back", "left", "right", "look up", "step left", "stop" and the like. Forward and back last
 * until the next of them or "stop"; turns last a moment.
 *
 * @param sticks those of the world
 */
export function createVoice(
  Recognition: new () => Recogniser,
  sticks: () => readonly Stick[],
  events: VoiceEvents,
): Voice {
  let recogniser: Recogniser | undefined;
  let going: Held = {};
  let turning: Held = {};
  let turnEnd: ReturnType<typeof setTimeout> | undefined;
  /** Of each result, the commands that were already followed: what is said is heard again as it grows. */
  let followed: number[] = [];

  const follow = (command: Command): void => {
    clearTimeout(turnEnd);
    turning = {};
    if (command === 'stop') {
      going = {};
    } else {
      const stick = command.stick === 'first' ? sticks()[0] : sticks().at(-1);
      const key = stick?.[command.way];
      if (key === undefined) return;
      const goes = command.stick === 'first' && (command.way === 'up' || command.way === 'down');
      if (goes) going = { [key]: 1 };
      else {
        turning = { [key]: 1 };
        turnEnd = setTimeout(() => {
          turning = {};
          events.changed();
        }, TURN_MS);
      }
    }
    events.changed();
  };

  const hear = ({ resultIndex, results }: Heard): void => {
    for (let index = resultIndex; index < results.length; index += 1) {
      const commands = spokenCommands(results[index]?.[0]?.transcript ?? '');
      for (const command of commands.slice(followed[index] ?? 0)) follow(command);
      followed[index] = Math.max(commands.length, followed[index] ?? 0);
    }
  };

  const end = (problem: string | undefined): void => {
    const ended = recogniser;
    recogniser = undefined;
    ended?.stop();
    clearTimeout(turnEnd);
    [going, turning] = [{}, {}];
    events.changed();
    events.switched(problem);
  };

  const begin = (): void => {
    const listening = new Recognition();
    recogniser = listening;
    listening.continuous = true;
    listening.interimResults = true;
    listening.lang = 'en';
    listening.onresult = hear;
    listening.onerror = ({ error }) => {
      if (recogniser === listening && error !== 'no-speech') end(error);
    };
    // Browsers stop listening after a while; nobody asked them to.
    listening.onend = () => {
      followed = [];
      if (recogniser === listening) listening.start();
    };
    followed = [];
    listening.start();
    events.switched(undefined);
  };

  return {
    get on() {
      return recogniser !== undefined;
    },
    held: () => ({ ...going, ...turning }),
    toggle: () => (recogniser ? end(undefined) : begin()),
  };
}
