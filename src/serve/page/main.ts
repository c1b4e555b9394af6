import type { ReceivedFrame } from '../frameMessage.ts';
import type { Hello } from '../messages.ts';
import type { Mark } from '../take.ts';
import type { Loss } from './connection.ts';
import { element } from './elements.ts';
import { explainAction } from './explain.ts';
import { canFullscreen, manageOverlay, toggleFullscreen } from './fullscreen.ts';
import { gamepadHeld } from './gamepad.ts';
import { createHud, type Hud } from './hud.ts';
import { isolate } from './isolate.ts';
import { createKeyboard } from './keyboard.ts';
import { createKeycaps, type Keycaps } from './keycaps.ts';
import { createLatencyMeter } from './latency.ts';
import { fillPanels } from './panels.ts';
import { offeredPlaces } from './places.ts';
import { createRuntimes } from './runtimes.ts';
import { createScreen } from './screen.ts';
import { mergeHeld, type Stick, sticksFor } from './sticks.ts';
import { createTouchSticks, type TouchSticks } from './touchSticks.ts';

/** What the page knows of a world once it has said hello. */
interface Table {
  readonly hello: Hello;
  readonly sticks: readonly Stick[];
  readonly touch: TouchSticks;
  readonly caps: Keycaps;
  readonly hud: Hud;
}

const stateText = element('state', HTMLElement);
const picture = element('picture', HTMLCanvasElement);
const help = element('help-panel', HTMLDialogElement);
const info = element('info-panel', HTMLDialogElement);
const latency = createLatencyMeter();

const notePanel = element('note-panel', HTMLDialogElement);
const noteText = element('note', HTMLTextAreaElement);

const REWIND_SECONDS = 3;
const TOAST_MS = 5000;
const REMARKS = { bookmark: 'Bookmarked', up: 'Good here', down: 'Bad here' } as const;

let noteKind: Mark['kind'] = 'bookmark';
let toastTimer: ReturnType<typeof setTimeout> | undefined;
let table: Table | undefined;
let connected = false;
let asleep = false;
let paused = false;
let watching = false;
let sequence = 0;
let lastHeld = '{}';

const places = offeredPlaces();
// The server sends the headers itself; a published page has to help itself on some hosts.
if (!places.includes('server')) await isolate();

const connection = createRuntimes(places, {
  hello: (hello) => {
    connected = true;
    asleep = false;
    table = setTable(hello);
    lastHeld = '{}';
    latency.clear();
    sendPause();
  },
  frame: (frame) => screen.show(frame),
  loading: (share) => {
    connected = false;
    showNotice('Loading the world', `${Math.round(share * 100)} % is here`);
    showState();
  },
  waiting: (place) => {
    connected = false;
    const before = place === 1 ? 'You are next.' : `${place - 1} are before you.`;
    showNotice('All seats are taken', `${before} This page goes on by itself.`);
    showState();
  },
  asleep: () => {
    connected = false;
    showNotice('Asleep', 'Press a key or touch the picture, and the world goes on where it was.');
    asleep = true;
    showState();
  },
  kept: (text) => showToast(text),
  lost: (loss) => {
    connected = false;
    showLoss(loss);
    table?.hud.breakOff();
    showState();
  },
});

const screen = createScreen(picture, element('ambient', HTMLCanvasElement), (frame, at) => {
  watching = frame.watching;
  table?.hud.drawn(frame, at, latency.drawn(frame.sequence, at));
  showKeys(frame);
  showState();
});

const keyboard = createKeyboard({
  drives: (code) => table !== undefined && code in table.hello.actions.keys,
  active: () => !help.open && !info.open && !notePanel.open,
  changed: sendHeld,
  pressed: (event) => {
    if (asleep) wake();
    const command = event.key === '?' ? commands.help : shortcuts[event.code];
    const onButton = event.target instanceof HTMLButtonElement;
    if (onButton && (event.code === 'Space' || event.code === 'Enter')) return false;
    if (command) command();
    else if (watching && event.key !== 'Tab' && event.key !== 'Shift')
      connection.send({ type: 'watch', on: false });
    return command !== undefined;
  },
});

const commands = {
  pause: togglePause,
  resume: togglePause,
  restart: () => connection.send({ type: 'reset', start: 'same' }),
  next: () => connection.send({ type: 'reset', start: 'next' }),
  watch: () => connection.send({ type: 'watch', on: !watching }),
  rewind: () => connection.send({ type: 'rewind', seconds: REWIND_SECONDS }),
  bookmark: () => remark('bookmark'),
  up: () => remark('up'),
  down: () => remark('down'),
  keep: () => connection.send({ type: 'keep' }),
  info: () => toggle(info),
  help: () => toggle(help),
  fullscreen: toggleFullscreen,
  place: () => {
    if (!connection.switchable) return;
    connected = false;
    showNotice('One moment', 'The world moves.');
    table?.hud.breakOff();
    connection.toggle();
    showState();
  },
};

const shortcuts: Readonly<Record<string, () => void>> = {
  Space: commands.pause,
  KeyP: commands.pause,
  KeyR: commands.restart,
  KeyN: commands.next,
  KeyV: commands.watch,
  KeyF: commands.fullscreen,
  KeyI: commands.info,
  KeyH: commands.help,
  KeyB: commands.place,
  Backspace: commands.rewind,
  KeyM: commands.bookmark,
  Equal: commands.up,
  Minus: commands.down,
  KeyK: commands.keep,
};

function setTable(hello: Hello): Table {
  const { keys } = hello.actions;
  const { width, height } = hello.frame;
  const root = document.documentElement;
  root.style.setProperty('--picture-width', String(width));
  root.style.setProperty('--picture-height', String(height));
  document.title = `${hello.name} · Reverie`;
  element('name', HTMLElement).textContent = hello.name;
  element('watch', HTMLElement).hidden = !hello.canWatch;
  picture.setAttribute('aria-label', `The world ${hello.name}, as it is imagined now`);
  fillPanels(hello);
  element('runtime', HTMLElement).textContent = hello.runtime;
  element('place', HTMLElement).setAttribute('aria-pressed', String(connection.place === 'browser'));
  const sticks = sticksFor(keys);
  return {
    hello,
    sticks,
    touch: createTouchSticks(element('sticks', HTMLElement), sticks, sendHeld),
    caps: createKeycaps(element('keys', HTMLElement), Object.keys(keys)),
    hud: createHud(hello.frameMs, hello.steps),
  };
}

/** Tells the world what is held when that has changed. */
function sendHeld(at: number): void {
  if (!table || !connected) return;
  const held = heldNow(table);
  const text = JSON.stringify(held);
  if (text === lastHeld) return;
  lastHeld = text;
  sequence += 1;
  if (paused && Object.keys(held).length > 0) togglePause();
  if (!paused) latency.sent(sequence, at);
  connection.send({ type: 'input', sequence, held });
}

function heldNow({ sticks, touch }: Table) {
  return mergeHeld(keyboard.held(), touch.held(), gamepadHeld(sticks));
}

function showKeys(frame: ReceivedFrame): void {
  if (!table) return;
  const { hello, caps } = table;
  const done = Array.from(frame.action, (value) => value * hello.pace);
  if (frame.watching) caps.show(explainAction(hello.actions, done), false);
  else caps.show(heldNow(table), true);
}

/** Says what the player thinks of this moment; a note may go with it, while which the world waits. */
function remark(kind: Mark['kind']): void {
  noteKind = kind;
  noteText.value = '';
  element('note-title', HTMLElement).textContent = REMARKS[kind];
  if (!paused) togglePause();
  notePanel.showModal();
}

function sendRemark(): void {
  connection.send({ type: 'mark', kind: noteKind, note: noteText.value.slice(0, 500) });
  showToast(`${REMARKS[noteKind]}. Press K to keep the run with its remarks.`);
  if (paused) togglePause();
}

function wake(): void {
  connection.send({ type: 'watch', on: false });
}

function showToast(text: string): void {
  element('toast', HTMLElement).textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element('toast', HTMLElement).replaceChildren(), TOAST_MS);
}

function togglePause(): void {
  paused = !paused;
  sendPause();
  showState();
}

function sendPause(): void {
  latency.clear();
  table?.hud.breakOff();
  connection.send({ type: 'pause', on: paused || document.hidden });
}

function toggle(panel: HTMLDialogElement): void {
  if (panel.open) panel.close();
  else panel.showModal();
}

function showState(): void {
  const [state, text] = !connected
    ? ['connecting', 'Not connected']
    : paused
      ? ['paused', 'Paused']
      : watching
        ? ['watching', 'Playing itself']
        : ['driving', 'You are driving'];
  if (document.body.dataset.state === state) return;
  document.body.dataset.state = state;
  stateText.textContent = text;
  element('pause', HTMLElement).setAttribute('aria-label', paused ? 'Go on' : 'Pause');
  element('watch', HTMLElement).setAttribute('aria-pressed', String(watching));
}

function showLoss({ full, reason, retryMs }: Loss): void {
  const title = full ? 'No free seat' : table ? 'Connection lost' : 'No connection';
  if (retryMs === undefined) {
    showNotice('This browser cannot play it', reason);
    return;
  }
  const why = reason || 'Nobody answers. Is Reverie still running?';
  showNotice(title, `${why} Trying again ${retryMs < 1000 ? 'now' : `in ${Math.round(retryMs / 1000)} s`}…`);
}

function showNotice(title: string, text: string): void {
  element('notice-title', HTMLElement).textContent = title;
  element('notice-text', HTMLElement).textContent = text;
}

function pollGamepad(at: number): void {
  sendHeld(at);
  requestAnimationFrame(pollGamepad);
}

for (const [id, act] of Object.entries(commands)) {
  const button = element(id, HTMLButtonElement);
  // A button that keeps the focus would take the space bar away from pausing.
  button.addEventListener('click', (event) => {
    act();
    if (event.detail > 0) button.blur();
  });
}
notePanel.addEventListener('close', sendRemark);
element('frame', HTMLElement).addEventListener('pointerdown', () => {
  if (watching || asleep) connection.send({ type: 'watch', on: false });
});
for (const panel of [help, info]) {
  panel.addEventListener('click', (event) => {
    if (event.target === panel) panel.close();
  });
  panel.addEventListener('keydown', (event) => {
    // The window would open it again.
    event.stopPropagation();
    if (event.code === 'KeyH' || event.code === 'KeyI' || event.key === '?') panel.close();
  });
}
element('fullscreen', HTMLElement).hidden = !canFullscreen();
for (const id of ['place', 'help-place']) element(id, HTMLElement).hidden = !connection.switchable;
document.addEventListener('visibilitychange', sendPause);
manageOverlay();
requestAnimationFrame(pollGamepad);
