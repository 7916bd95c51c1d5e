/**
 * Orders: key, payload and time are kept before the first send, and until the customer has seen
 * what became of it. Whatever dies in between, sending again under the same key is always safe.
 */
import type { Bank } from './bank.ts';
import { GivenUp } from './client.ts';
import { withdrawal } from './core/withdraw.ts';
import type { Told } from './core/withdraw.ts';
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
  /** He does not want it any more, or wants another in its place: never sent again. */
  withdrawn?: boolean;
}

/** How a withdrawn order ended. */
export type Settled =
  /** Nothing was done and nothing will be. */
  | { as: 'free'; operation: Operation }
  /** It was done before the wish to cancel it arrived. */
  | { as: 'done'; operation: Operation };

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
  /** Keys whose every send, if there was one, has been answered. */
  private readonly heard = new Set<string>();

  constructor(bank: Bank, shelf: Shelf, newKey: () => string, now: () => number) {
    this.bank = bank;
    this.shelf = shelf;
    this.newKey = newKey;
    this.now = now;
  }

  /** A new order: kept first. Nothing has been sent when this resolves. */
  async keep(intent: Intent, owner: string): Promise<Kept> {
    const sent_at = new Date(this.now()).toISOString();
    // What he orders now he orders on what he has been shown.
    const { asOf } = this.bank;
    const order: NewOrder = asOf === undefined ? { intent } : { intent, as_of: asOf };
    const kept: Kept = { key: this.newKey(), order, sent_at, owner };
    await this.shelf.put('orders', kept.key, kept);
    this.heard.add(kept.key);
    return kept;
  }

  /** Sends a kept order, for the first time or again. `again`: a look-alike is meant. */
  async send(kept: Kept, again = false): Promise<Ordered> {
    const order: NewOrder = again ? { ...kept.order, again: true } : kept.order;
    // If this page dies now, the next one does not know whether it was answered.
    const heard = this.heard.delete(kept.key);
    try {
      const { body } = await this.bank.order(kept.key, order);
      await this.shelf.put('orders', kept.key, { ...kept, operation_id: body.operation_id });
      return body;
    } catch (error) {
      const answered = heard && error instanceof GivenUp && !error.unheard;
      if (answered) this.heard.add(kept.key);
      // What this block refuses another one may have been given: then that has to be cancelled.
      if (Orders.saysNo(error)) await (answered ? this.drop(kept.key) : this.giveUp(kept));
      throw error;
    }
  }

  /**
   * What has to end before `intent` may be ordered under a key of its own: the same terms under a
   * key that nobody has answered, and what was withdrawn to be replaced by an order of its kind.
   */
  async before(intent: Intent, owner: string): Promise<Kept[]> {
    const terms = canonical(intent.terms);
    return (await this.unfinished(owner)).filter(({ withdrawn, operation_id, order }) => {
      const earlier = order.intent.terms;
      if (withdrawn === true) return earlier.kind === intent.terms.kind;
      return operation_id === undefined && canonical(earlier) === terms;
    });
  }

  /** He does not want it: forgotten if nobody can have it, otherwise to be withdrawn. */
  async discard(kept: Kept): Promise<void> {
    await (this.heard.has(kept.key) ? this.drop(kept.key) : this.giveUp(kept));
  }

  /** He does not want it any more. Kept until the bank has said how it ended. */
  async giveUp(kept: Kept): Promise<Kept> {
    const withdrawn: Kept = { ...kept, withdrawn: true };
    await this.shelf.put('orders', kept.key, withdrawn);
    return withdrawn;
  }

  /**
   * Has an order cancelled and comes back when it has ended, one way or the other; only then is
   * another key for the same wish safe. A cancelled one is not kept any longer.
   */
  async withdraw(kept: Kept, signal?: AbortSignal): Promise<Settled> {
    const withdrawn = await this.giveUp(kept);
    let state = { asked: 0 };
    let event: Told = { type: 'start' };
    let operation: Operation | undefined;
    for (;;) {
      const step = withdrawal(state, event);
      state = step.state;
      const deed = step.deeds[0];
      if (deed?.do === 'withdraw') {
        operation = await this.bank.withdraw(kept.key, kept.order.intent, signal);
        event = { type: 'told', standing: operation.state, random: this.bank.client.random() };
      } else if (deed?.do === 'wait') {
        await this.bank.client.pause(deed.ms, signal);
        event = { type: 'timer' };
      } else {
        if (!operation || !deed) throw new GivenUp('unknown');
        return this.settle(withdrawn, deed.do, operation);
      }
    }
  }

  /** What was done stays in sight until he has seen it; what was not is forgotten. */
  private async settle(kept: Kept, as: Settled['as'], operation: Operation): Promise<Settled> {
    const { withdrawn: _, ...done } = kept;
    const known: Kept = { ...done, operation_id: operation.operation_id };
    if (as === 'free') await this.drop(kept.key);
    else await this.shelf.put('orders', kept.key, known);
    return { as, operation };
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
      try {
        return { kind: 'known', operation: await this.bank.operation(kept.operation_id, signal) };
      } catch (error) {
        // The block that took it died before anybody else heard of it.
        const unknown = error instanceof GivenUp && error.problem?.code === 'operation-unknown';
        if (unknown) return { kind: 'not_received' };
        throw error;
      }
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
