const TRIED = 'reverie-isolation';
/** A browser may accept a service worker and never start it; the world does not wait for that. */
const PATIENCE_MS = 4000;

/**
 * Lets a published page use threads on a host that sends no COOP and COEP headers: a service worker adds them, and
 * the page is loaded once more. Where that is impossible too, WebAssembly runs on one thread.
 */
export async function isolate(): Promise<void> {
  if (crossOriginIsolated || !isSecureContext || !('serviceWorker' in navigator)) return;
  if (sessionStorage.getItem(TRIED)) return;
  sessionStorage.setItem(TRIED, 'yes');
  try {
    await navigator.serviceWorker.register('isolation.js');
  } catch {
    return;
  }
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined));
  if (!(await Promise.race([navigator.serviceWorker.ready, late]))) return;
  location.reload();
  await new Promise(() => undefined);
}
