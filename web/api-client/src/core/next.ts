/**
 * The decision: what happened to a call → what to do next. Pure: no clock, no randomness, no
 * network; `client.ts` has those. The table of `cases/` is this function's contract.
 *
 * One round is at most three sends: the block, the same block once more, then whichever block the
 * router names. After a round the call is suspended and sent once in a while, ever more seldom.
 * Where that is another block than before, it first takes the session up; if that fails, it has
 * cost an attempt, and the call has not been sent.
 */
import { LIMITS } from './limits.ts';
import type { Because, Event, Next, Phase, State, Step } from './types.ts';

/** The state of a call that has not been sent. */
export function fresh(repeatable: boolean, quota: number = LIMITS.quota_max): State {
  return {
    phase: 'connected',
    attempt: 0,
    waits: 0,
    probes: 0,
    routed: false,
    resume: false,
    repeatable,
    quota,
  };
}

export function next(state: State, event: Event): Step {
  switch (event.type) {
    case 'start':
      if (event.moved === true) return goOn({ ...state, phase: 'rerouting', resume: true });
      return goOn({ ...state, phase: 'connected', attempt: 0 });
    case 'answer':
      return answered(state, event);
    case 'lost':
      return lost(state, event);
    case 'routed':
    case 'unrouted': {
      if (state.phase !== 'rerouting') return ignore(state);
      // A router that is away is no reason to leave the block that was known last.
      const before = event.type === 'unrouted' && state.resume;
      return goOn({ ...state, resume: event.moved ?? before });
    }
    case 'resumed':
      return state.resume ? goOn({ ...state, resume: false }) : ignore(state);
    case 'unresumed':
      return state.resume ? unresumed(state, event) : ignore(state);
    case 'timer':
      return timer({ ...state, resume: event.moved ?? state.resume });
    case 'wake':
      return state.phase === 'suspended' ? timer(state) : ignore(state);
  }
}

type Answer = Extract<Event, { type: 'answer' }>;
type Lost = Extract<Event, { type: 'lost' }>;
type Unresumed = Extract<Event, { type: 'unresumed' }>;

function answered(state: State, answer: Answer): Step {
  if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) {
    const quota = Math.min(LIMITS.quota_max, state.quota + 1);
    return { state: { ...state, phase: 'connected', quota }, actions: [{ do: 'deliver' }] };
  }
  const word = answer.next ?? byStatus(answer.status);
  switch (word) {
    case 'retry':
      return retry(state, answer);
    case 'route':
      return route(state, answer);
    case 'fault':
      return lost(state, { type: 'lost', random: answer.random });
    default:
      return giveUp(state, word);
  }
}

/** What a status means where the server does not say what comes next. */
function byStatus(status: number): Next | 'fault' {
  switch (status) {
    case 401:
      return 'reauthenticate';
    case 409:
    case 429:
      return 'retry';
    case 421:
      return 'route';
    default:
      return status >= 500 ? 'fault' : 'stop';
  }
}

function retry(state: State, answer: Answer): Step {
  const after = answer.retry_after_ms ?? 0;
  if (inProgress(answer)) {
    if (state.waits >= LIMITS.waits_max) return giveUp(state, 'later');
    const waits = state.waits + 1;
    const ms = after + jitter(LIMITS.backoff_base_ms, waits, answer.random);
    const attempt = state.attempt - 1;
    return pause({ ...state, attempt, waits }, 'retrying', ms);
  }
  if (!state.repeatable && unknown(answer.status)) return giveUp(state, 'unknown', 'failed');
  const spent = state.attempt >= LIMITS.attempts_max || state.quota === 0;
  if (spent || after > LIMITS.patience_ms) return giveUp(state, 'later');
  const ms = after + jitter(LIMITS.backoff_base_ms, state.attempt, answer.random);
  return pause({ ...state, quota: state.quota - 1 }, 'retrying', ms);
}

/** The first request under this key is being worked on: waiting costs no attempt. */
function inProgress(answer: Answer): boolean {
  if (answer.code !== undefined) return answer.code === 'idempotency-in-progress';
  return answer.status === 409;
}

function route(state: State, answer: Answer): Step {
  if (!state.repeatable && unknown(answer.status)) return giveUp(state, 'unknown', 'failed');
  if (state.attempt >= LIMITS.attempts_max || state.quota === 0) {
    return suspend(state, answer.random);
  }
  const after = answer.retry_after_ms ?? 0;
  if (after > LIMITS.patience_ms) return giveUp(state, 'later');
  const routed = { ...state, routed: true, quota: state.quota - 1 };
  if (after === 0 && !state.routed) {
    return { state: { ...routed, phase: 'rerouting' }, actions: [{ do: 'route' }] };
  }
  const ms = after + jitter(LIMITS.backoff_base_ms, state.attempt, answer.random);
  return pause(routed, 'rerouting', ms);
}

/** An answer that leaves open whether the request took effect. */
export function unknown(status: number): boolean {
  return status === 500 || status === 502 || status === 504;
}

function lost(state: State, event: Lost): Step {
  return state.repeatable ? failing(state, event) : giveUp(state, 'unknown', 'failed');
}

/** The block does not answer, and what was sent may be sent again. */
function failing(state: State, event: Omit<Lost, 'type'>): Step {
  if (event.offline === true) {
    return pause({ ...state, attempt: LIMITS.attempts_max }, 'suspended', LIMITS.offline_ms);
  }
  if (state.attempt >= LIMITS.attempts_max || state.quota === 0) {
    return suspend(state, event.random);
  }
  const paid = { ...state, quota: state.quota - 1 };
  const ms = jitter(LIMITS.backoff_base_ms, state.attempt, event.random);
  // One that is silent would keep him waiting once more: the router is asked first.
  const quick = event.late !== true;
  if (state.attempt === 1 && !state.routed && quick) return pause(paid, 'retrying', ms);
  if (state.routed) return pause(paid, 'rerouting', ms);
  return { state: { ...paid, phase: 'rerouting', routed: true }, actions: [{ do: 'route' }] };
}

/** The call itself has not been sent: whatever it is about, going on is safe. */
function unresumed(before: State, event: Unresumed): Step {
  const { status, random } = event;
  const state = { ...before, attempt: before.attempt + 1 };
  if (status === undefined) return failing(state, event);
  const word = event.next ?? byStatus(status);
  const after = event.retry_after_ms ?? 0;
  if (word === 'fault') return failing(state, event);
  if (word !== 'retry' && word !== 'route') return giveUp(state, 'reauthenticate');
  const spent = state.attempt >= LIMITS.attempts_max || state.quota === 0;
  if (spent || after > LIMITS.patience_ms) return suspend(state, random, after);
  const paid = { ...state, quota: state.quota - 1 };
  if (word === 'route' && after === 0 && !state.routed) {
    return { state: { ...paid, phase: 'rerouting', routed: true }, actions: [{ do: 'route' }] };
  }
  const ms = after + jitter(LIMITS.backoff_base_ms, state.attempt, random);
  const phase = word === 'route' ? 'rerouting' : 'retrying';
  return pause({ ...paid, routed: state.routed || word === 'route' }, phase, ms);
}

function timer(state: State): Step {
  switch (state.phase) {
    case 'retrying':
      return goOn(state);
    case 'rerouting':
      return { state, actions: [{ do: 'route' }] };
    case 'suspended': {
      // One send is left of the round: a probe, to where the router points now.
      const attempt = LIMITS.attempts_max - 1;
      const probing: State = { ...state, phase: 'rerouting', attempt, routed: true };
      return { state: probing, actions: [{ do: 'route' }] };
    }
    default:
      return ignore(state);
  }
}

/** The phase stays what it is until an answer comes: the customer is told of trouble once. */
function goOn(state: State): Step {
  if (state.resume) return { state, actions: [{ do: 'resume' }] };
  return { state: { ...state, attempt: state.attempt + 1 }, actions: [{ do: 'send' }] };
}

function suspend(state: State, random: number, after = 0): Step {
  if (state.probes >= LIMITS.probes_max) return giveUp(state, 'unreachable', 'failed');
  const probes = state.probes + 1;
  const ms = Math.max(after, LIMITS.probe_floor_ms) + jitter(LIMITS.probe_base_ms, probes, random, Infinity);
  return pause({ ...state, probes }, 'suspended', ms);
}

/** Full jitter: anything between nothing and the n-th pause. */
function jitter(
  base: number,
  nth: number,
  random: number,
  longest: number = LIMITS.backoff_max_ms,
): number {
  const pause = Math.min(longest, base * 2 ** Math.max(0, nth - 1));
  return Math.floor((pause * random) / 1_000);
}

function pause(state: State, phase: Phase, ms: number): Step {
  return { state: { ...state, phase }, actions: [{ do: 'wait', ms }] };
}

function giveUp(state: State, because: Because, phase: Phase = 'connected'): Step {
  return { state: { ...state, phase }, actions: [{ do: 'give_up', because }] };
}

function ignore(state: State): Step {
  return { state, actions: [] };
}
