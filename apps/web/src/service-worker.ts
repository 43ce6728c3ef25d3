/** Longer than this nobody waits for a service worker, which is a convenience. */
const MOST_WAIT_MS = 3000;

/**
 * Resolves once the service worker, which keeps page and runtime for when there is no network, sees what the page
 * fetches: nothing large is then fetched a second time for keeping. The development server has none, nor have pages that
 * are not served over HTTPS or from localhost.
 */
export const controlled: Promise<void> = wait();

async function wait(): Promise<void> {
  if (import.meta.url.includes('/src/')) return;
  let workers: ServiceWorkerContainer | undefined;
  try {
    workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    if (workers === undefined) return;
    await workers.register(new URL('sw.js', document.baseURI));
    if (workers.controller !== null) return;
  } catch {
    // Not for pages without HTTPS, nor where site data is blocked.
    return;
  }
  const seen = workers;
  await new Promise<void>((resolve) => {
    seen.addEventListener('controllerchange', () => resolve(), { once: true });
    setTimeout(resolve, MOST_WAIT_MS);
  });
}
