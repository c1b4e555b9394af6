import type { ReceivedFrame } from '../frameMessage.ts';
import { context2d } from './elements.ts';

/** Shows frames, always the newest one and each at most once. */
export interface Screen {
  show(frame: ReceivedFrame): void;
  /** Shows a frame of the past, of which nobody is told. */
  showPast(frame: ReceivedFrame): void;
}

/** Beyond this, the browser's plain stretching looks the same and costs far less. */
const MOST_ENLARGEMENT = 3;
const AMBIENT_EVERY = 6;
/** The light around the picture follows it slowly. */
const AMBIENT_SHARE = 0.3;

/**
 * Draws on a canvas at the display's pace. Small pictures are enlarged with the browser's best filter, which
 * is smooth without the blur of plain stretching.
 *
 * @param canvas where the picture appears
 * @param ambient a tiny canvas that is stretched behind everything
 * @param drawn told after each picture of the present
 */
export function createScreen(
  canvas: HTMLCanvasElement,
  ambient: HTMLCanvasElement,
  drawn: (frame: ReceivedFrame, at: number) => void,
): Screen {
  const context = context2d(canvas);
  const ambientContext = context2d(ambient);
  let received = 0;
  let decoded = 0;
  let draws = 0;
  let next: { frame: ReceivedFrame; bitmap: ImageBitmap; isPast: boolean } | undefined;

  const draw = (): void => {
    if (!next) return;
    const { frame, bitmap, isPast } = next;
    next = undefined;
    resize(canvas, frame);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    if (draws % AMBIENT_EVERY === 0) {
      ambientContext.imageSmoothingQuality = 'high';
      ambientContext.globalAlpha = draws === 0 ? 1 : AMBIENT_SHARE;
      ambientContext.drawImage(bitmap, 0, 0, ambient.width, ambient.height);
    }
    draws += 1;
    bitmap.close();
    if (!isPast) drawn(frame, performance.now());
  };

  const show = (frame: ReceivedFrame, isPast: boolean): void => {
    received += 1;
    const turn = received;
    decode(frame).then((bitmap) => {
      if (turn < decoded) {
        bitmap.close();
        return;
      }
      decoded = turn;
      if (next) next.bitmap.close();
      else requestAnimationFrame(draw);
      next = { frame, bitmap, isPast };
    });
  };

  return { show: (frame) => show(frame, false), showPast: (frame) => show(frame, true) };
}

function resize(canvas: HTMLCanvasElement, { width, height }: ReceivedFrame): void {
  const shown = canvas.clientWidth * devicePixelRatio;
  const scale = Math.min(MOST_ENLARGEMENT, Math.max(1, Math.ceil(shown / width)));
  if (canvas.width === width * scale && canvas.height === height * scale) return;
  canvas.width = width * scale;
  canvas.height = height * scale;
}

function decode({ coding, picture, width, height }: ReceivedFrame): Promise<ImageBitmap> {
  if (coding === 'jpeg') return createImageBitmap(new Blob([picture], { type: 'image/jpeg' }));
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < picture.length; from += 3, to += 4) {
    pixels[to] = picture[from]!;
    pixels[to + 1] = picture[from + 1]!;
    pixels[to + 2] = picture[from + 2]!;
  }
  return createImageBitmap(new ImageData(pixels, width, height));
}
