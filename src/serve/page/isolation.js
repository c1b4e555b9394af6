// Adds the headers that let a page use threads, for hosts that cannot be told to send them. Registered by
// isolate.ts, which loads the page once more through it.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).origin === self.location.origin) event.respondWith(isolated(event.request));
});

async function isolated(request) {
  const response = await fetch(request);
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  const { status, statusText, body } = response;
  return new Response(status === 204 || status === 304 ? null : body, { status, statusText, headers });
}
