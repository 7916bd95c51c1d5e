/**
 * The page without the router: the last index and the files that it names, so that a reload works
 * while the router is away. Whoever answers, the router is asked first, and a new page is never put
 * under an open one. It keeps files of the page alone, nothing of a customer, and touches no call.
 */
const SHELL = 'shell-1';
/** A router that is slower than this is taken for absent. */
const PATIENCE_MS = 4_000;
const NOT_PAGES = /^\/(v1|problems|livez|readyz|metrics)(\/|$)/;

addEventListener('install', (event) => {
  event.waitUntil(refresh().then(() => skipWaiting()));
});

addEventListener('activate', (event) => {
  event.waitUntil(clients.claim());
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== 'GET') return;
  if (request.mode === 'navigate' && !NOT_PAGES.test(pathname)) {
    event.respondWith(page(event));
  } else if (pathname.startsWith('/assets/')) {
    event.respondWith(file(request));
  }
});

async function page(event) {
  try {
    const response = await within(PATIENCE_MS, fetch(event.request));
    if (!response.ok) throw new Error(`the router answered ${response.status}`);
    // Whatever was to be kept stays as it was if this does not work.
    event.waitUntil(refresh().catch(() => undefined));
    return response;
  } catch (error) {
    const kept = await caches.match('/', { cacheName: SHELL });
    if (kept) return kept;
    throw error;
  }
}

/** The name of a file is the hash of what is in it. */
async function file(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}

/** Keeps the index and its files, and drops what it does not name any more. */
async function refresh() {
  const index = await fetch('/', { cache: 'no-cache' });
  if (!index.ok) throw new Error(`the router answered ${index.status}`);
  const text = await index.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  const cache = await caches.open(SHELL);
  for (const path of named) {
    if (!(await cache.match(path))) await cache.add(path);
  }
  await cache.put('/', index);
  const wanted = new Set(['/', ...named]);
  for (const { url } of await cache.keys()) {
    if (!wanted.has(new URL(url).pathname)) await cache.delete(url);
  }
}

function within(ms, promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]);
}
