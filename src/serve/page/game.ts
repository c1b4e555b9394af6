import { isHeld } from '../actions.ts';
import { SHOWN_FPS } from '../clock.ts';
import type { ReceivedFrame } from '../frameMessage.ts';
import type { Hello } from '../messages.ts';
import type { Place } from '../pageFiles.ts';
import { MOST_FRAMES } from '../reach.ts';
import type { Mark } from '../take.ts';
import { createBindings } from './bindings.ts';
import type { Loss } from './connection.ts';
import { createDevices } from './devices.ts';
import { announceDrawn } from './drawnEvent.ts';
import { element } from './elements.ts';
import { explainAction } from './explain.ts';
import { canFullscreen, manageOverlay, toggleFullscreen } from './fullscreen.ts';
import { createHud, type Hud } from './hud.ts';
import { createKeyboard } from './keyboard.ts';
import type { KeyboardLayout } from './keyboardLayout.ts';
import { createKeycaps, type Keycaps } from './keycaps.ts';
import { createLatencyMeter } from './latency.ts';
import { fillPanels } from './panels.ts';
import { createRemarks, MARK_WORDS, type RemarkKind } from './remarks.ts';
import { createRuntimes } from './runtimes.ts';
import { createScreen } from './screen.ts';
import { labelShortcuts } from './shortcutLabels.ts';
import { type Stick, sticksFor } from './sticks.ts';
import { createTimeline } from './timeline.ts';
import { createToast } from './toast.ts';
import { isTouchOnly } from './touchScreen.ts';
import { createTouchSticks, type TouchSticks } from './touchSticks.ts';
import { playAddress } from './worlds.ts';

/** What the page knows of a world once it has said hello. */
interface Table {
  readonly hello: Hello;
  readonly sticks: readonly Stick[];
  readonly touch: TouchSticks;
  readonly caps: Keycaps;
  readonly hud: Hud;
}

const REWIND_SECONDS = 3;
/** Pictures of the film that Backspace goes while the past is looked at, a second. */
const STRIDE = 10;

/**
 * Plays on this page.
 *
 * @param places where it can be computed
 * @param worlds what is played: one world, or two to be compared
 * @param hasStart whether there is a start screen to go back to
 * @param layout what is printed on the keys
 */
export function startGame(
  places: readonly Place[],
  worlds: readonly string[],
  hasStart: boolean,
  layout: KeyboardLayout,
): void {
  const stateText = element('state', HTMLElement);
  const picture = element('picture', HTMLCanvasElement);
  const help = element('help-panel', HTMLDialogElement);
  const info = element('info-panel', HTMLDialogElement);
  const latency = createLatencyMeter();
  const bindings = createBindings(localStorage, layout);
  const toast = createToast(element('toast', HTMLElement));

  let table: Table | undefined;
  let connected = false;
  let asleep = false;
  /** Moving pictures begin by themselves only for those who do not mind. */
  let paused = matchMedia('(prefers-reduced-motion: reduce)').matches;
  /** Whether it is paused for a remark. */
  let waits = false;
  let watching = false;
  /** The frame of the present that was drawn last. */
  let shown = 0;
  /** Whether the world is on its way back to a frame. */
  let returning = false;
  let sequence = 0;
  let lastHeld = '{}';

  const connection = createRuntimes(places, worlds, {
    hello: (hello) => {
      connected = true;
      asleep = false;
      returning = false;
      table = setTable(hello);
      lastHeld = '{}';
      latency.clear();
      sendPause();
    },
    frame: (frame) => {
      // What was on its way when the player began to look back.
      if (timeline.looked) timeline.add(frame);
      else screen.show(frame);
    },
    loading: (share) => {
      connected = false;
      asleep = false;
      showNotice(
        'Loading the world',
        share < 1 ? `${Math.round(share * 100)} % is here` : 'All of it is here and being set up.',
      );
      showState();
    },
    waiting: (place) => {
      connected = false;
      asleep = false;
      const before = place === 1 ? 'You are next.' : `${place - 1} are before you.`;
      showNotice('All seats are taken', `${before} This page goes on by itself.`);
      showState();
    },
    asleep: () => {
      connected = false;
      timeline.leave();
      const how = isTouchOnly() ? 'Touch the picture' : 'Press a key';
      showNotice('Asleep', `${how}, and the world goes on where it was.`);
      asleep = true;
      showState();
    },
    kept: toast.say,
    lost: (loss) => {
      connected = false;
      asleep = false;
      timeline.leave();
      // What was asked for is not answered any more.
      toast.hold('');
      showLoss(loss);
      table?.hud.breakOff();
      showState();
    },
  });

  const screen = createScreen(picture, element('ambient', HTMLCanvasElement), (frame, at) => {
    watching = frame.watching;
    if (frame.index <= shown) returning = false;
    shown = frame.index;
    timeline.add(frame);
    const latencyMs = latency.drawn(frame.sequence, at);
    table?.hud.drawn(frame, at, latencyMs);
    announceDrawn({ at, latencyMs, index: frame.index, steps: frame.steps, modelMs: frame.modelMs });
    showKeys(frame, at);
    showState();
  });

  const timeline = createTimeline({
    looks: (frame) => {
      screen.showPast(frame);
      sendPause();
      showState();
    },
    branches: (frame) => {
      goBack(frame.index);
      paused = false;
      sendPause();
      showState();
    },
  });

  const remarks = createRemarks((remark) => {
    if (remark) {
      const { kind, note } = remark;
      sendMark(kind, note);
      timeline.mark(kind, note);
      const how = isTouchOnly()
        ? 'Keep the run, and its remarks are kept with it.'
        : `Press ${bindings.label('KeyK')} to keep the run with its remarks.`;
      toast.say(`${MARK_WORDS[kind]}. ${how}`);
    }
    if (waits && paused) togglePause();
    waits = false;
  });

  const keyboard = createKeyboard({
    drives: (code) => table !== undefined && bindings.meant(code) in table.hello.actions.keys,
    active: () => !help.open && !info.open && !remarks.open,
    changed: (at) => {
      // A key that drives takes another way from the moment that is looked at.
      if (timeline.looked && Object.keys(keyboard.held()).length > 0) timeline.branch();
      sendHeld(at);
    },
    pressed: (event) => {
      if (asleep) wake();
      const command =
        event.key === '?'
          ? commands.help
          : (shortcuts[bindings.meant(event.code)] ?? (timeline.looked && whileLooking[event.code]));
      const onButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement;
      if (onButton && (event.code === 'Space' || event.code === 'Enter')) return false;
      if (command) command();
      else if (watching && event.key !== 'Tab' && event.key !== 'Shift')
        connection.send({ type: 'watch', on: false });
      return command !== undefined;
    },
  });

  const devices = createDevices({
    keyboard,
    bindings,
    picture,
    sticks: () => table?.sticks ?? [],
    touch: () => table?.touch,
    changed: sendHeld,
    switched: (news) => {
      if (news !== undefined) toast.say(news);
      showSwitches();
    },
  });

  const commands = {
    pause: togglePause,
    resume: togglePause,
    restart: () => connection.send({ type: 'reset', start: 'same' }),
    next: () => connection.send({ type: 'reset', start: 'next' }),
    watch: () => connection.send({ type: 'watch', on: !watching }),
    rewind,
    bookmark: () => remark('bookmark'),
    up: () => remark('up'),
    down: () => remark('down'),
    keep,
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
    left: () => judge('left'),
    neither: () => judge('neither'),
    right: () => judge('right'),
    voice: () => switchOver('voice'),
    tilt: () => switchOver('tilt'),
    mouse: () => switchOver('mouse'),
    'reset-keys': () => {
      bindings.reset();
      showBindings();
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
    Comma: () => timeline.step(-1),
    Period: () => {
      if (timeline.looked) timeline.step(1);
    },
    KeyM: commands.bookmark,
    Equal: commands.up,
    Minus: commands.down,
    KeyK: commands.keep,
    KeyT: commands.voice,
    KeyL: commands.mouse,
    Digit1: commands.left,
    Digit2: commands.neither,
    Digit3: commands.right,
  };

  const whileLooking: Readonly<Record<string, () => void>> = {
    Enter: () => timeline.branch(),
    Escape: () => timeline.leave(),
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
    element('verdict', HTMLElement).hidden = !hello.compares;
    picture.setAttribute('aria-label', `The world ${hello.name}, as it is imagined now`);
    element('runtime', HTMLElement).textContent = hello.runtime;
    element('place', HTMLElement).setAttribute('aria-pressed', String(connection.place === 'browser'));
    const sticks = sticksFor(keys);
    const made = {
      hello,
      sticks,
      touch: createTouchSticks(element('sticks', HTMLElement), sticks, sendHeld),
      caps: createKeycaps(element('keys', HTMLElement), Object.keys(keys), bindings),
      hud: createHud(hello),
    };
    fillPanels(hello, bindings, showBindings);
    return made;
  }

  /** Draws the keys anew after their meanings have changed. */
  function showBindings(): void {
    if (table) table = setTable(table.hello);
    labelShortcuts(bindings);
    showSwitches();
  }

  /** Tells the world what is held when that has changed. */
  function sendHeld(at: number): void {
    if (!table || timeline.looked) return;
    const held = devices.held(at);
    if (asleep && isHeld(held)) wake();
    if (!connected) return;
    const text = JSON.stringify(held);
    if (text === lastHeld) return;
    lastHeld = text;
    sequence += 1;
    if (paused && isHeld(held)) togglePause();
    if (!paused) latency.sent(sequence, at);
    connection.send({ type: 'input', sequence, held });
  }

  function showKeys(frame: ReceivedFrame, at: number): void {
    if (!table) return;
    const { hello, caps } = table;
    const done = Array.from(frame.action, (value) => value * hello.pace);
    if (frame.watching) caps.show(explainAction(hello.actions, done), false);
    else caps.show(devices.held(at), true);
  }

  /** Takes a remark on this moment; meanwhile the world waits. */
  function remark(kind: RemarkKind): void {
    waits = !paused && !timeline.looked;
    if (waits) togglePause();
    remarks.ask(kind);
  }

  /** Says which of two compared worlds is better, and goes on with the next pair of pictures. */
  function judge(better: Extract<Mark['kind'], 'left' | 'right' | 'neither'>): void {
    if (!table?.hello.compares || !connected) return;
    sendMark(better, '');
    keep();
    commands.next();
  }

  /** Keeps the run, which is played again meanwhile and may take as long as it did. */
  function keep(): void {
    if (!connected) return;
    toast.hold('Keeping the run…');
    connection.send({ type: 'keep' });
  }

  function switchOver(device: keyof typeof devices.switches): void {
    const { available, toggle } = devices.switches[device];
    if (!available) return;
    if (help.open) help.close();
    toggle();
  }

  function showSwitches(): void {
    for (const [id, { available, on }] of Object.entries(devices.switches)) {
      const button = element(id, HTMLButtonElement);
      button.hidden = !available;
      button.setAttribute('aria-pressed', String(on));
    }
    element('reset-keys', HTMLElement).hidden = !bindings.changed;
  }

  function wake(): void {
    asleep = false;
    connection.send({ type: 'watch', on: false });
    showNotice('One moment', 'The world wakes up.');
    showState();
  }

  /** A remark is about what the player sees. */
  function sendMark(kind: Mark['kind'], note: string): void {
    connection.send({ type: 'mark', kind, note, frame: timeline.looked?.index ?? shown });
  }

  function rewind(): void {
    if (timeline.looked) timeline.step(-STRIDE);
    else if (shown > MOST_FRAMES) {
      const how = isTouchOnly() ? 'Start again for another.' : `${bindings.label('KeyR')} starts again.`;
      toast.say(`A run can be gone back in for twenty minutes. ${how}`);
    } else goBack(Math.max(0, shown - REWIND_SECONDS * SHOWN_FPS));
  }

  /** The world imagines its way to the frame from the moment before that it kept, which can take a second or two. */
  function goBack(frame: number): void {
    if (frame >= shown) return;
    connection.send({ type: 'rewind', frame });
    returning = true;
    showState();
  }

  function togglePause(): void {
    if (timeline.looked) {
      timeline.branch();
      return;
    }
    paused = !paused;
    sendPause();
    showState();
  }

  function sendPause(): void {
    latency.clear();
    table?.hud.breakOff();
    connection.send({ type: 'pause', on: paused || document.hidden || timeline.looked !== undefined });
  }

  function toggle(panel: HTMLDialogElement): void {
    if (panel.open) panel.close();
    else panel.showModal();
  }

  function showState(): void {
    const [state, text] = asleep
      ? ['asleep', 'Asleep']
      : !connected
        ? ['connecting', 'Not connected']
        : timeline.looked
          ? ['looking', 'Looking back']
          : returning
            ? ['returning', 'Going back']
            : paused
              ? ['paused', 'Paused']
              : watching
                ? ['watching', 'Playing itself']
                : ['driving', 'You are driving'];
    if (document.body.dataset.state === state) return;
    document.body.dataset.state = state;
    stateText.textContent = text;
    element('pause', HTMLElement).setAttribute(
      'aria-label',
      state === 'paused' || state === 'looking' ? 'Go on' : 'Pause',
    );
    element('watch', HTMLElement).setAttribute('aria-pressed', String(watching));
  }

  function showLoss({ full, reason, retryMs }: Loss): void {
    const title = full ? 'No free seat' : table ? 'Connection lost' : 'No connection';
    if (retryMs === undefined) {
      showNotice('This browser cannot play it', reason);
      return;
    }
    const why = reason || 'Nobody answers. Is Reverie still running?';
    showNotice(
      title,
      `${why} Trying again ${retryMs < 1000 ? 'now' : `in ${Math.round(retryMs / 1000)} s`}…`,
    );
  }

  function showNotice(title: string, text: string): void {
    element('notice-title', HTMLElement).textContent = title;
    element('notice-text', HTMLElement).textContent = text;
  }

  function pollDevices(at: number): void {
    sendHeld(at);
    requestAnimationFrame(pollDevices);
  }

  for (const [id, act] of Object.entries(commands)) {
    const button = element(id, HTMLButtonElement);
    // A button that keeps the focus would take the space bar away from pausing.
    button.addEventListener('click', (event) => {
      act();
      if (event.detail > 0) button.blur();
    });
  }
  element('frame', HTMLElement).addEventListener('pointerdown', () => {
    if (asleep) wake();
    else if (watching) connection.send({ type: 'watch', on: false });
  });
  // Going on is not taking over.
  element('resume', HTMLElement).addEventListener('pointerdown', (event) => event.stopPropagation());
  for (const panel of [help, info]) {
    panel.addEventListener('click', (event) => {
      if (event.target === panel) panel.close();
    });
    panel.addEventListener('keydown', (event) => {
      // Closed, it keeps the focus until the next picture is drawn.
      if (!panel.open) return;
      // The window would open it again.
      event.stopPropagation();
      if (event.code === 'KeyH' || event.code === 'KeyI' || event.key === '?') panel.close();
    });
  }
  const home = element('home', HTMLAnchorElement);
  home.hidden = !hasStart;
  home.href = playAddress([]).href;
  element('fullscreen', HTMLElement).hidden = !canFullscreen();
  for (const id of ['place', 'help-place']) element(id, HTMLElement).hidden = !connection.switchable;
  document.addEventListener('visibilitychange', sendPause);
  manageOverlay();
  labelShortcuts(bindings);
  showSwitches();
  requestAnimationFrame(pollDevices);
}
