import { context2d } from './elements.ts';

/** One frame in the graph. */
export interface Bar {
  /** Time since the picture before. */
  readonly intervalMs: number;
  /** The part of it that imagining took. */
  readonly modelMs: number;
}

const BAR_WIDTH = 2;

/**
 * Draws the times of the last frames, the newest at the right.
 *
 * @param bars oldest first; what does not fit is left out
 * @param budgetMs drawn as a line; the graph is twice as high
 */
export function drawGraph(canvas: HTMLCanvasElement, bars: readonly Bar[], budgetMs: number): void {
  const { clientWidth, clientHeight } = canvas;
  if (clientWidth === 0) return;
  const width = Math.round(clientWidth * devicePixelRatio);
  const height = Math.round(clientHeight * devicePixelRatio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = context2d(canvas);
  const style = getComputedStyle(canvas);
  const [quiet, accent, alarm] = ['--quiet', '--accent', '--alarm'].map((name) =>
    style.getPropertyValue(name),
  );
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  const shown = bars.slice(-Math.floor(clientWidth / BAR_WIDTH));
  const tall = (ms: number) => Math.min(1, ms / (2 * budgetMs)) * clientHeight;
  shown.forEach(({ intervalMs, modelMs }, index) => {
    const x = clientWidth - (shown.length - index) * BAR_WIDTH;
    const late = intervalMs > 1.6 * budgetMs;
    context.globalAlpha = late ? 0.8 : 0.28;
    context.fillStyle = (late ? alarm : quiet)!;
    context.fillRect(x, clientHeight - tall(intervalMs), BAR_WIDTH - 0.5, tall(intervalMs));
    context.globalAlpha = 1;
    context.fillStyle = accent!;
    context.fillRect(x, clientHeight - tall(modelMs), BAR_WIDTH - 0.5, tall(modelMs));
  });
  context.globalAlpha = 0.5;
  context.fillStyle = quiet!;
  context.fillRect(0, clientHeight - tall(budgetMs) - 0.5, clientWidth, 1);
  context.globalAlpha = 1;
}
