/**
 * Orders: key, payload and time are kept before the first send, and until the customer has seen
 * what became of it. Whatever dies in between, sending again under the same key is always safe.
 */
import type { Bank } from './bank.ts';
import { GivenUp } from './client.ts';
import type { Shelf } from './store/database.ts';
import type { Intent, NewOrder, Operation, Ordered } from './wire.ts';

/** An order as it is kept. */
export interface Kept {
  key: string;
  order: NewOrder;
  /** When it was first sent, RFC 3339. */
  sent_at: string;
  /** Who ordered, as he logged in: never shown to somebody else who uses this browser. */
  owner: string;
  /** Known once the bank has answered. */
  operation_id?: string;
}

/** What became of a kept order. */
export type Fate =
  | { kind: 'known'; operation: Operation }
  /** The bank has not got it: sending it again is the first time. */
  | { kind: 'not_received' };

export class Orders {
  private readonly bank: Bank;
  private readonly shelf: Shelf;
  private readonly newKey: () => string;
  private readonly now: () => number;

  constructor(bank: Bank, shelf: Shelf, newKey: () => string, now: () => number) {
    this.bank = bank;
    this.shelf = shelf;
    this.newKey = newKey;
    this.now = now;
  }

  /** A new order: kept first. Nothing has been sent when this resolves. */
  async keep(intent: Intent, owner: string): Promise<Kept> {
    const sent_at = new Date(this.now()).toISOString();
    const kept: Kept = { key: this.newKey(), order: { intent }, sent_at, owner };
    await this.shelf.put('orders', kept.key, kept);
    return kept;
  }

  /** Sends a kept order, for the first time or again. `again`: a look-alike is meant. */
  async send(kept: Kept, again = false): Promise<Ordered> {
    const order: NewOrder = again ? { ...kept.order, again: true } : kept.order;
    try {
      const { body } = await this.bank.order(kept.key, order);
      await this.shelf.put('orders', kept.key, { ...kept, operation_id: body.operation_id });
      return body;
    } catch (error) {
      if (Orders.saysNo(error)) await this.drop(kept.key);
      throw error;
    }
  }

  /**
   * Did the bank say no to the order, so that nothing is left to find out? A look-alike is not
   * refused: the same key is sent again once the customer has said that he means it.
   */
  static saysNo(error: unknown): boolean {
    if (!(error instanceof GivenUp)) return false;
    const said = error.because === 'ask' || error.because === 'stop';
    return said && error.problem?.code !== 'looks-alike';
  }

  /** The customer has seen the end of it, or does not want it any more. */
  async drop(key: string): Promise<void> {
    await this.shelf.remove('orders', key);
  }

  /** What he has not seen the end of, oldest first. */
  async unfinished(owner: string): Promise<Kept[]> {
    const all = await this.shelf.all<Kept>('orders');
    const own = all.filter((kept) => kept.owner === owner);
    return own.sort((a, b) => a.sent_at.localeCompare(b.sent_at));
  }

  /** Asks the bank what became of an order, without sending it. */
  async fate(kept: Kept, signal?: AbortSignal): Promise<Fate> {
    if (kept.operation_id !== undefined) {
      return { kind: 'known', operation: await this.bank.operation(kept.operation_id, signal) };
    }
    const mine = canonical(kept.order.intent);
    const oldest = Date.parse(kept.sent_at) - CLOCKS_APART_MS;
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { items, next } = await this.bank.operations(cursor, signal);
      const found = items.find((operation) => canonical(operation.intent) === mine);
      if (found) return { kind: 'known', operation: found };
      const last = items.at(-1);
      if (!next || !last || Date.parse(last.created_at) < oldest) break;
      cursor = next;
    }
    return { kind: 'not_received' };
  }
}

/** A device's clock may be wrong by this much before an order is looked for too late. */
const CLOCKS_APART_MS = 10 * 60_000;
const PAGES_MAX = 5;

/** The same text for the same intent, whatever the order of its fields. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
}
