/** Starts the page: what is kept in this browser, then the application. */
import { createRoot } from 'react-dom/client';
import { openShelf } from '@bulkhead/api-client';
import type { Place, wire } from '@bulkhead/api-client';
import { App } from './App.tsx';
import { WordsProvider } from './i18n/index.tsx';
import { showTheme } from './lib/theme.ts';
import { Guard } from './parts/guard.tsx';
import { otherRouters } from './lib/routers.ts';
import { SessionProvider } from './session.tsx';
import type { Move, Profile, Start } from './session.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/pages.css';

type Known = Start['bootstrap'];

const UNKNOWN: Known = {
  bank: 'Bulkhead Bank',
  time_zone: 'Europe/Moscow',
  routers: [],
  demo: false,
};

/** What the router tells before a login; with all routers away, what was told at the last visit. */
async function bootstrap(kept: Known | undefined): Promise<Known> {
  for (const router of ['', ...otherRouters(kept?.routers ?? [])]) {
    try {
      const signal = AbortSignal.timeout(3_000);
      const response = await fetch(`${router}/v1/bootstrap`, { signal, credentials: 'omit' });
      if (!response.ok) continue;
      const { bank, time_zone, routers = [], demo = false } = (await response.json()) as Told;
      return { bank, time_zone, routers, demo };
    } catch {
      // The next one, or without: see below.
    }
  }
  return kept ?? UNKNOWN;
}

type Told = wire.Bootstrap;

async function start(): Promise<void> {
  showTheme();
  const shelf = await openShelf();
  const note = await shelf.get<Partial<Known>>('notes', 'bootstrap');
  const kept = note && { ...UNKNOWN, ...note };
  // A customer who has been here does not wait for the router.
  const asked = bootstrap(kept).then((known) => {
    void shelf.put('notes', 'bootstrap', known);
    // The page's keeper asks them for the page when this router is away.
    void navigator.serviceWorker?.ready.then(({ active }) => {
      active?.postMessage({ routers: otherRouters(known.routers) });
    });
    return known;
  });
  const known = kept ?? (await asked);
  const place = await shelf.get<Place>('notes', 'place');
  const profile = await shelf.get<Profile>('notes', 'profile');
  const move = await shelf.get<Move>('notes', 'move');
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no root');
  createRoot(root).render(
    <WordsProvider zone={known.time_zone}>
      <Guard>
        <SessionProvider
          start={{ shelf, place, move, profile: place && profile, bootstrap: known, latest: asked }}
        >
          <App />
        </SessionProvider>
      </Guard>
    </WordsProvider>,
  );
}

void start();

// A reload works without the router from the second visit on; without it the page works as well.
navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
