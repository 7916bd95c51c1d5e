/**
 * Where in the application the customer is. The address names the page and nothing else: which
 * account, which operation, is in the history's state and never in the address bar.
 */
import { useSyncExternalStore } from 'react';

export interface Route {
  path: string;
  state: Record<string, unknown>;
}

const listeners = new Set<() => void>();
let current = read();

function read(): Route {
  const state: unknown = window.history.state;
  const known = typeof state === 'object' && state !== null ? state : {};
  return { path: window.location.pathname, state: known as Record<string, unknown> };
}

function changed(): void {
  current = read();
  for (const listener of listeners) listener();
}

window.addEventListener('popstate', changed);

export function navigate(
  path: string,
  state: Record<string, unknown> = {},
  how: 'push' | 'replace' = 'push',
): void {
  if (how === 'push') window.history.pushState(state, '', path);
  else window.history.replaceState(state, '', path);
  changed();
  window.scrollTo(0, 0);
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
