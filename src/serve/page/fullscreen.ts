const AWAKE_MS = 2600;
const LOW_WINDOW = '(max-height: 520px) and (orientation: landscape)';

/**
 * Lets the picture take the whole window in full screen and in low windows; the bars then lie over it and
 * fade while nothing is touched.
 */
export function manageOverlay(): void {
  const root = document.documentElement;
  const low = matchMedia(LOW_WINDOW);
  let sleep: ReturnType<typeof setTimeout> | undefined;
  const wake = (): void => {
    root.toggleAttribute('data-awake', true);
    clearTimeout(sleep);
    sleep = setTimeout(() => root.toggleAttribute('data-awake', false), AWAKE_MS);
  };
  const update = (): void => {
    root.toggleAttribute('data-overlay', document.fullscreenElement !== null || low.matches);
    // Whoever comes by the keyboard sees what there is, too.
    wake();
  };
  document.addEventListener('fullscreenchange', update);
  low.addEventListener('change', update);
  addEventListener('pointermove', wake);
  addEventListener('pointerdown', wake);
  update();
}

/** Whether the browser lets a page fill the screen; phones of one maker do not. */
export function canFullscreen(): boolean {
  return document.fullscreenEnabled;
}

/** Goes to full screen or back. */
export function toggleFullscreen(): void {
  // Refused when the browser sees no gesture of the user: then the page simply stays as it is.
  const ignore = (): void => undefined;
  if (document.fullscreenElement) document.exitFullscreen().catch(ignore);
  else document.documentElement.requestFullscreen().catch(ignore);
}
