import type { FrameMessage } from '../frameMessage.ts';
import type { Hello } from '../messages.ts';
import { percentile, slidingStatistics } from '../statistics.ts';
import { element } from './elements.ts';
import { type Bar, drawGraph } from './graph.ts';

/** The measurements on the page. */
export interface Hud {
  /**
   * Counts a picture that was drawn.
   *
   * @param latencyMs how long the input that it answers took, when it answers one
   */
  drawn(frame: FrameMessage, at: number, latencyMs: number | undefined): void;
  /** Forgets the time before a break, which was no slow frame. */
  breakOff(): void;
}

const WINDOW_MS = 4000;
const REFRESH_MS = 250;
/** As many as the widest graph, that of a phone held upright, has room for. */
const MOST_BARS = 340;
const LATENCIES = 15;

const IDS = ['fps', 'p50', 'p99', 'model', 'latency', 'steps', 'cost'] as const;

/** What the measurements are compared with. */
export type HudFacts = Pick<Hello, 'frameMs' | 'steps' | 'price'>;

/** Shows what the last seconds were like; an hour costs the share of the machine that imagining takes. */
export function createHud({ frameMs: budgetMs, steps: fullSteps, price }: HudFacts): Hud {
  const [fps, p50, p99, model, latency, steps, cost] = IDS.map((id) => element(id, HTMLElement));
  cost!.parentElement!.title = costTitle(price);
  const graph = element('graph', HTMLCanvasElement);
  const intervals = slidingStatistics(WINDOW_MS);
  const modelTimes = slidingStatistics(WINDOW_MS);
  let bars: Bar[] = [];
  let latencies: number[] = [];
  let before: number | undefined;
  let refreshed = 0;

  const refresh = (frame: FrameMessage): void => {
    const summary = intervals.summary();
    // One picture after a break has no rate yet.
    if (summary.fps === 0) return;
    fps!.textContent = summary.fps.toFixed(1);
    p50!.textContent = summary.p50.toFixed(1);
    p99!.textContent = summary.p99.toFixed(1);
    const modelMs = modelTimes.summary().p50;
    model!.textContent = modelMs.toFixed(1);
    cost!.textContent = ((price * Math.min(budgetMs, modelMs)) / budgetMs).toFixed(price > 0 ? 3 : 0);
    latency!.textContent = latencies.length > 0 ? percentile(latencies, 0.5).toFixed(0) : '–';
    steps!.textContent = frame.steps > 0 ? `${frame.steps}/${fullSteps}` : `<1/${fullSteps}`;
    steps!.classList.toggle('reduced', frame.steps < fullSteps);
    drawGraph(graph, bars, budgetMs);
  };

  return {
    drawn: (frame, at, latencyMs) => {
      if (latencyMs !== undefined) latencies = [...latencies, latencyMs].slice(-LATENCIES);
      modelTimes.add(at, frame.modelMs);
      if (before !== undefined) {
        const intervalMs = at - before;
        intervals.add(at, intervalMs);
        bars = [...bars, { intervalMs, modelMs: frame.modelMs }].slice(-MOST_BARS);
      }
      before = at;
      if (at - refreshed < REFRESH_MS) return;
      refreshed = at;
      refresh(frame);
    },
    breakOff: () => {
      before = undefined;
      intervals.clear();
    },
  };
}

function costTitle(price: number): string {
  return price > 0
    ? `Dollars for an hour of this, on a machine that costs $${price} an hour`
    : 'Computed on your own machine: it costs nothing';
}
