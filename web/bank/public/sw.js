/**
 * The page without the router: the last index and the files that it names, so that a reload works
 * while the router is away or stands still. The router is asked first, then its backup, then what
 * is kept here; a new page is never put under an open one. It keeps files of the page alone,
 * nothing of a customer, and touches no call.
 */
const SHELL = 'shell-1';
/** The other routers, as the page was told. */
const ROUTERS = 'routers-1';
/** A router that is slower than this is taken for absent. */
const PATIENCE_MS = 2_000;
const NOT_PAGES = /^\/(v1|ops|internal|problems|livez|readyz|metrics)(\/|$)/;

addEventListener('install', (event) => {
  event.waitUntil(refresh().then(() => skipWaiting()));
});

addEventListener('activate', (event) => {
  event.waitUntil(clients.claim());
});

addEventListener('message', (event) => {
  const { routers } = event.data ?? {};
  if (Array.isArray(routers)) event.waitUntil(keepRouters(routers));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== 'GET') return;
  if (request.mode === 'navigate' && !NOT_PAGES.test(pathname)) {
    event.respondWith(page(event));
  } else if (pathname.startsWith('/assets/')) {
    event.respondWith(file(pathname));
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
    if (kept) {
      event.waitUntil(refresh().catch(() => undefined));
      return kept;
    }
    throw error;
  }
}

/** The name of a file is the hash of what is in it: whoever has it has the same. */
async function file(path) {
  return (await caches.match(path, { cacheName: SHELL })) ?? ask(path);
}

/** Keeps the index and its files, and drops what it does not name any more. */
async function refresh() {
  const index = await ask('/', { cache: 'no-cache' });
  const text = await index.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  const cache = await caches.open(SHELL);
  for (const path of named) {
    if (!(await cache.match(path))) await cache.put(path, await ask(path));
  }
  await cache.put('/', index);
  const wanted = new Set(['/', ...named]);
  for (const { url } of await cache.keys()) {
    if (!wanted.has(new URL(url).pathname)) await cache.delete(url);
  }
}

/** From the first router that has it. */
async function ask(path, how = {}) {
  let trouble;
  for (const router of ['', ...(await otherRouters())]) {
    try {
      const response = await within(PATIENCE_MS, fetch(router + path, how));
      if (response.ok && response.headers.has('content-security-policy')) {
        // Of another origin it would not be taken for this page's own.
        const { headers } = response;
        return router === '' ? response : new Response(await response.blob(), { headers });
      }
      trouble = new Error(`a router answered ${response.status}`);
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}

async function otherRouters() {
  const kept = await caches.match('/routers', { cacheName: ROUTERS });
  return kept ? kept.json() : [];
}

async function keepRouters(routers) {
  const cache = await caches.open(ROUTERS);
  await cache.put('/routers', new Response(JSON.stringify(routers)));
}

function within(ms, promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]);
}
