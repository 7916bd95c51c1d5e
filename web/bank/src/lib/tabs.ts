/**
 * What the tabs of this browser know of each other: they share one cookie, hence one customer, and
 * one order is sent by one of them at a time.
 */

/** Somebody logged in, or logged out, in another tab. */
export type News = { is: 'opened'; owner: string } | { is: 'closed' };

let opened: BroadcastChannel | undefined;

function channel(): BroadcastChannel {
  opened ??= new BroadcastChannel('bulkhead');
  return opened;
}

export function tell(news: News): void {
  channel().postMessage(news);
}

/** Returns how to stop listening. */
export function listen(hear: (news: News) => void): () => void {
  const heard = ({ data }: MessageEvent<News>) => hear(data);
  channel().addEventListener('message', heard);
  return () => channel().removeEventListener('message', heard);
}

const SENDING = 'sending ';
/** Where the browser has no locks (pages without https), this tab knows of itself at least. */
const mine = new Set<string>();

/** Sends an order while no other tab sends it. A tab that dies lets go of it. */
export async function alone<T>(key: string, send: () => Promise<T>): Promise<T> {
  mine.add(key);
  try {
    if (!('locks' in navigator)) return await send();
    return await navigator.locks.request(SENDING + key, send);
  } finally {
    mine.delete(key);
  }
}

/** The keys of the orders that some tab is sending now. */
export async function beingSent(): Promise<Set<string>> {
  if (!('locks' in navigator)) return mine;
  const { held = [] } = await navigator.locks.query();
  const names = held.map(({ name = '' }) => name);
  const sending = names.filter((name) => name.startsWith(SENDING));
  return new Set(sending.map((name) => name.slice(SENDING.length)));
}

/** When somebody last touched the page, in whichever tab. */
export function lastTouched(): number {
  return Number(localStorage.getItem('touched') ?? 0);
}

export function touched(now: number): void {
  if (now - lastTouched() > 1_000) localStorage.setItem('touched', String(now));
}
