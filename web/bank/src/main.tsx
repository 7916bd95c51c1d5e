/** Starts the page: what is kept in this browser, then the application. */
import { createRoot } from 'react-dom/client';
import { openShelf } from '@bulkhead/api-client';
import type { Place, wire } from '@bulkhead/api-client';
import { App } from './App.tsx';
import { WordsProvider } from './i18n/index.tsx';
import { showTheme } from './lib/theme.ts';
import { Guard } from './parts/guard.tsx';
import { SessionProvider } from './session.tsx';
import type { Profile, Start } from './session.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/pages.css';

type Known = Start['bootstrap'];

/** The bank's name and time zone; with the router away, those of the last visit. */
async function bootstrap(kept: Known | undefined): Promise<Known> {
  try {
    const response = await fetch('/v1/bootstrap', { signal: AbortSignal.timeout(3_000) });
    if (response.ok) {
      const { bank, time_zone } = (await response.json()) as wire.Bootstrap;
      return { bank, time_zone };
    }
  } catch {
    // The page works without: see below.
  }
  return kept ?? { bank: 'Bulkhead Bank', time_zone: 'Europe/Moscow' };
}

async function start(): Promise<void> {
  showTheme();
  const shelf = await openShelf();
  const kept = await shelf.get<Known>('notes', 'bootstrap');
  // A customer who has been here does not wait for the router.
  const asked = bootstrap(kept).then((known) => {
    void shelf.put('notes', 'bootstrap', known);
    return known;
  });
  const known = kept ?? (await asked);
  const place = await shelf.get<Place>('notes', 'place');
  const profile = await shelf.get<Profile>('notes', 'profile');
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no root');
  createRoot(root).render(
    <WordsProvider zone={known.time_zone}>
      <Guard>
        <SessionProvider start={{ shelf, place, profile: place && profile, bootstrap: known }}>
          <App />
        </SessionProvider>
      </Guard>
    </WordsProvider>,
  );
}

void start();

// A reload works without the router from the second visit on; without it the page works as well.
navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
