/**
 * An element of the page by its id.
 *
 * @throws when the page has none of that id and kind
 */
export function element<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

/** The drawing surface of a canvas. */
export function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: canvas.id === 'graph' });
  if (context) return context;
  throw new Error('this browser cannot draw on a canvas');
}
