const TRIED = 'reverie-isolation';

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
    await navigator.serviceWorker.ready;
  } catch {
    return;
  }
  location.reload();
  await new Promise(() => undefined);
}
