/**
 * May a wish take another key? Only once nothing more can come of the one it had. A request may be
 * held by a server that stands still and be taken in long after the client has given it up, so that
 * not having been told of an order proves nothing. The client says that it wants it cancelled, and
 * repeats that until the answer is an end. Pure, like `next`; `cases/withdraw.json` is its
 * contract.
 */
import { LIMITS } from './limits.ts';

/** How far an operation has come, in the bank's words. */
export type Standing =
  | 'awaiting_confirmation'
  | 'pending'
  | 'sent'
  | 'executed'
  | 'rejected'
  | 'cancelled'
  | 'expired';

export interface Withdrawal {
  /** How often the bank has said that it knows of the wish and that it has not ended. */
  asked: number;
}

export type Told =
  | { type: 'start' }
  /** The bank's answer: how far the operation has come. `random`: 0–999, for the jitter. */
  | { type: 'told'; standing: Standing; random: number }
  /** The pause is over. */
  | { type: 'timer' };

export type Deed =
  /** Say that it is to be cancelled, with its key and what was confirmed. */
  | { do: 'withdraw' }
  /** Wait, then report `timer`. */
  | { do: 'wait'; ms: number }
  /** Nothing was done and nothing will be: another key may be taken. */
  | { do: 'free' }
  /** It was done: the wish is fulfilled and needs no other key. */
  | { do: 'done' };

export function withdrawal(state: Withdrawal, event: Told): { state: Withdrawal; deeds: Deed[] } {
  if (event.type !== 'told') return { state, deeds: [{ do: 'withdraw' }] };
  switch (event.standing) {
    case 'executed':
      return { state, deeds: [{ do: 'done' }] };
    case 'rejected':
    case 'cancelled':
    case 'expired':
      return { state, deeds: [{ do: 'free' }] };
    default: {
      const longest = LIMITS.withdraw_base_ms * 2 ** Math.min(state.asked, DOUBLINGS);
      const jitter = Math.floor((longest * event.random) / 1_000);
      const ms = LIMITS.withdraw_floor_ms + jitter;
      return { state: { asked: state.asked + 1 }, deeds: [{ do: 'wait', ms }] };
    }
  }
}

/** The pauses grow three times. */
const DOUBLINGS = 3;
