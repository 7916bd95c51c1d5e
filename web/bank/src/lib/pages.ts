/** Lists that come in pages, newest first. */
import { useRef, useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import { useLoad } from './load.ts';

interface Page<T> {
  items: T[];
  next?: string;
}

export interface Pages<T> {
  items: T[] | undefined;
  error: GivenUp | undefined;
  reload: () => void;
  /** Loads the next page; absent on the last. */
  more: (() => void) | undefined;
  busy: boolean;
}

/** The first page is loaded again every `everyMs`; what was loaded behind it stays. */
export function usePages<T>(
  load: (cursor: string | undefined, signal?: AbortSignal) => Promise<Page<T>>,
  id: (item: T) => string,
  keys: unknown[],
  everyMs?: (page: Page<T> | undefined) => number | undefined,
): Pages<T> {
  const first = useLoad((signal) => load(undefined, signal), keys, everyMs);
  const [older, setOlder] = useState<Page<T>>();
  const [error, setError] = useState<GivenUp>();
  const loading = useRef(false);
  const [busy, setBusy] = useState(false);

  const cursor = older ? older.next : first.data?.next;
  const more = async () => {
    if (loading.current) return;
    loading.current = true;
    setBusy(true);
    try {
      const page = await load(cursor);
      const before = older?.items ?? first.data?.items ?? [];
      const items = [...before, ...page.items];
      setOlder(page.next === undefined ? { items } : { items, next: page.next });
      setError(undefined);
    } catch (reason) {
      setError(reason instanceof GivenUp ? reason : new GivenUp('unknown'));
    } finally {
      loading.current = false;
      setBusy(false);
    }
  };
  return {
    items: first.data && merge(first.data.items, older?.items ?? [], id),
    error: error ?? (first.data ? undefined : first.error),
    reload: first.reload,
    more: cursor === undefined ? undefined : () => void more(),
    busy,
  };
}

/** The newest page in front of what is known; what both have is taken from the newest. */
export function merge<T>(newest: T[], known: T[], id: (item: T) => string): T[] {
  const fresh = new Set(newest.map(id));
  return [...newest, ...known.filter((item) => !fresh.has(id(item)))];
}

/** In groups with one heading each, in the order in which they come. */
export function byDay<T>(items: T[], day: (item: T) => string): [string, T[]][] {
  const groups: [string, T[]][] = [];
  for (const item of items) {
    const heading = day(item);
    const last = groups.at(-1);
    if (last?.[0] === heading) last[1].push(item);
    else groups.push([heading, [item]]);
  }
  return groups;
}
