/**
 * The words of the client's core: what it knows about a call, what can happen to the call, and
 * what it wants done. They are the words of `cases/*.json` too, which other clients run.
 */

/** What the server says comes next (`Bulkhead-Next`); beats the status code. */
export type Next = 'retry' | 'route' | 'reauthenticate' | 'ask' | 'stop';

/** How a call is doing. */
export type Phase =
  /** Sent or answered; nothing is wrong. */
  | 'connected'
  /** Waiting to send it to the same block again. */
  | 'retrying'
  /** Asking the router which block serves the customer now. */
  | 'rerouting'
  /** Nothing is sent for a while: three attempts, the quota or the network are used up. */
  | 'suspended'
  /** Given up. What was ordered under a key stays kept and can be sent again. */
  | 'failed';

/** What the core knows about one call. */
export interface State {
  phase: Phase;
  /** How often it was sent in this round, the one in flight included. */
  attempt: number;
  /** How often it waited for an order that was being worked on. */
  waits: number;
  /** How often it was suspended. */
  probes: number;
  /** Was the router asked in this round? */
  routed: boolean;
  /** Must the session be taken up at the block before the call is sent there? */
  resume: boolean;
  /** May it be sent again although nobody knows what became of it? */
  repeatable: boolean;
  /** How many repetitions all calls of this client have left; a good answer gives one back. */
  quota: number;
}

/** What can happen to a call. `random` is drawn by the shell: 0–999, for the jitter. */
export type Event =
  /**
   * `moved`, here and below: has the session yet to be taken up at the block that is known now?
   * Another call may have been told of that block.
   */
  | { type: 'start'; moved?: boolean }
  | {
      type: 'answer';
      status: number;
      next?: Next;
      code?: string;
      retry_after_ms?: number;
      random: number;
    }
  /** No answer: the connection broke or, `late`, the time ran out. */
  | { type: 'lost'; offline?: boolean; late?: boolean; random: number }
  /** The router named a block. */
  | { type: 'routed'; moved?: boolean }
  /** The router did not answer or did not know. */
  | { type: 'unrouted'; moved?: boolean }
  /** The block has taken the session up. */
  | { type: 'resumed' }
  /** It has not: it said why, or, without a status, did not answer. */
  | {
      type: 'unresumed';
      status?: number;
      next?: Next;
      code?: string;
      retry_after_ms?: number;
      late?: boolean;
      random: number;
    }
  /** The wait that was asked for is over. */
  | { type: 'timer'; moved?: boolean }
  /** The network is back, or the customer said "try now". */
  | { type: 'wake' };

/** Why a call is given up. */
export type Because =
  /** The customer must change or enter something. */
  | 'ask'
  /** Not to be repeated. */
  | 'stop'
  /** Log in again; a key stays good. */
  | 'reauthenticate'
  /** The server asks for more patience than a call has. */
  | 'later'
  /** Nobody knows what became of it, and it may not be repeated. */
  | 'unknown'
  /** Nobody answers. */
  | 'unreachable';

/** What the shell does. */
export type Action =
  /** Send the call to the block that is known now. */
  | { do: 'send' }
  /** Show the block the ticket and the session, so that it takes it up. */
  | { do: 'resume' }
  /** Ask the router. */
  | { do: 'route' }
  /** Wait, then report `timer`. */
  | { do: 'wait'; ms: number }
  /** Hand the answer to the caller. */
  | { do: 'deliver' }
  /** Hand the refusal, or its absence, to the caller. */
  | { do: 'give_up'; because: Because };

/** The state and what to do. */
export interface Step {
  state: State;
  actions: Action[];
}
