/**
 * The shell around the core: sends what `next` decides, with a clock, randomness and a network. It
 * knows one block at a time and keeps it; it never looks into what a call is about.
 */
import { fresh, next } from './core/next.ts';
import { LIMITS } from './core/limits.ts';
import type { Because, Event, Phase, State } from './core/types.ts';
import type { Problem, RouteAnswer, RouteRequest } from './wire.ts';

/** Where the customer is served, as the router said last. */
export interface Place {
  block: string;
  url: string;
  /** Tells the router who comes back. Opens nothing without the password. */
  ticket: string;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** A function where it depends on the ticket: each send may have another one. */
  body?: unknown;
  bodyFor?: (place: Place) => unknown;
  /** The `Idempotency-Key` of an order. */
  key?: string;
  /** May it be sent again although nobody knows what became of it? Default: yes. */
  repeatable?: boolean;
  signal?: AbortSignal;
}

export interface Answered<T> {
  status: number;
  body: T;
  /** A stored answer: the order had arrived before. */
  replayed: boolean;
}

/** A call that was given up: why, and the server's words where there are some. */
export class GivenUp extends Error {
  readonly because: Because;
  readonly problem: Problem | undefined;

  constructor(because: Because, problem?: Problem) {
    super(problem?.title ?? `given up: ${because}`);
    this.because = because;
    this.problem = problem;
  }
}

/** How the connection is, over all calls. */
export interface Connection {
  phase: Phase;
  /** Since when it is not good, in milliseconds of `now`. */
  since: number | undefined;
}

/** The world. Tests give another one. */
export interface World {
  fetch: typeof fetch;
  now: () => number;
  /** 0–999. */
  random: () => number;
  /** Calls back once; returns how to call it off. */
  after: (ms: number, then: () => void) => () => void;
  online: () => boolean;
}

export interface Options {
  world: World;
  /** The router's origin; empty for the page's own. */
  router: string;
  place?: Place | undefined;
  /** Called when the router names another block or gives another ticket. */
  onPlace?: (place: Place | undefined) => void;
  /** Called when a call found no live session. */
  onSessionEnd?: () => void;
  timeoutMs?: number;
}

const RANK: Phase[] = ['connected', 'retrying', 'rerouting', 'suspended', 'failed'];

export class Client {
  private readonly options: Options;
  private placeNow: Place | undefined;
  private quota: number = LIMITS.quota_max;
  private readonly troubled = new Map<object, { phase: Phase; since: number }>();
  private failedSince: number | undefined;
  private readonly watchers = new Set<() => void>();
  private readonly sleepers = new Set<() => void>();
  private asking: Promise<boolean> | undefined;
  private shown: Connection = { phase: 'connected', since: undefined };

  constructor(options: Options) {
    this.options = options;
    this.placeNow = options.place;
  }

  get place(): Place | undefined {
    return this.placeNow;
  }

  /** The same object as long as nothing changes. */
  get connection(): Connection {
    return this.shown;
  }

  subscribe(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** The network is back, or the customer does not want to wait. */
  wake(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  /** Asks the router where a customer is served. The first step of a login. */
  async find(login: string): Promise<void> {
    await this.run({ method: 'POST', path: '/v1/route', body: { login } }, async (call) => {
      const answer = await this.fetch<RouteAnswer>(this.options.router, call, 'omit');
      if (answer.status === 200) this.adopt(answer.body as RouteAnswer);
      return answer;
    });
  }

  /** Forgets the block: the customer has signed out. */
  forget(): void {
    this.settle(undefined);
  }

  /** A call to the customer's block. */
  async call<T>(call: Call): Promise<Answered<T>> {
    return this.run<T>(call, async (call) => {
      const place = this.placeNow;
      if (!place) {
        this.options.onSessionEnd?.();
        throw new GivenUp('reauthenticate');
      }
      const body = call.bodyFor ? call.bodyFor(place) : call.body;
      return this.fetch<T>(place.url, body === undefined ? call : { ...call, body }, 'include');
    });
  }

  private async run<T>(call: Call, send: Send<T>): Promise<Answered<T>> {
    const token = {};
    const { world } = this.options;
    let state = fresh(call.repeatable ?? true, this.quota);
    let event: Event = { type: 'start' };
    let last: Reply<T> | undefined;
    try {
      for (;;) {
        const step = next({ ...state, quota: this.quota }, event);
        state = step.state;
        this.quota = state.quota;
        this.note(token, state);
        const action = step.actions[0];
        switch (action?.do) {
          case 'send':
            last = await this.attempt(call, send);
            event = last ? this.event(last) : this.nothing();
            break;
          case 'route':
            event = { type: (await this.route(call.signal)) ? 'routed' : 'unrouted' };
            break;
          case 'wait':
            event = await this.sleep(action.ms, state.phase, call.signal);
            break;
          case 'deliver':
            if (!last) throw new GivenUp('unknown');
            return { status: last.status, body: last.body as T, replayed: last.replayed };
          case 'give_up':
            if (action.because === 'reauthenticate') this.options.onSessionEnd?.();
            throw new GivenUp(action.because, last?.problem);
          case undefined:
            throw new Error(`nothing follows ${event.type} in ${state.phase}`);
        }
      }
    } finally {
      this.troubled.delete(token);
      if (state.phase === 'failed') this.failedSince ??= world.now();
      if (state.phase === 'connected') this.failedSince = undefined;
      this.publish();
    }
  }

  private async attempt<T>(call: Call, send: Send<T>): Promise<Reply<T> | undefined> {
    try {
      return await send(call);
    } catch (error) {
      if (error instanceof GivenUp || call.signal?.aborted) throw error;
      return undefined;
    }
  }

  private event(answer: Reply<unknown>): Event {
    const { status, problem, word } = answer;
    const after = problem?.retry_after_ms ?? answer.retryAfterMs;
    return {
      type: 'answer',
      status,
      random: this.options.world.random(),
      ...(word ? { next: word } : {}),
      ...(problem ? { code: problem.code } : {}),
      ...(after === undefined ? {} : { retry_after_ms: after }),
    };
  }

  private nothing(): Event {
    const { world } = this.options;
    const offline = world.online() ? {} : { offline: true };
    return { type: 'lost', random: world.random(), ...offline };
  }

  private sleep(ms: number, phase: Phase, signal?: AbortSignal): Promise<Event> {
    return new Promise((resolve, reject) => {
      const end = (event: Event | undefined) => {
        cancel();
        this.sleepers.delete(wake);
        signal?.removeEventListener('abort', abort);
        if (event) resolve(event);
        else reject(signal?.reason as Error);
      };
      const wake = () => {
        if (phase === 'suspended') end({ type: 'wake' });
      };
      const abort = () => end(undefined);
      const cancel = this.options.world.after(ms, () => end({ type: 'timer' }));
      this.sleepers.add(wake);
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
    });
  }

  /** Many calls that ask at once ask once. */
  private route(signal?: AbortSignal): Promise<boolean> {
    const ticket = this.placeNow?.ticket;
    if (!ticket || signal?.aborted) return Promise.resolve(false);
    this.asking ??= this.ask({ ticket }).finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(request: RouteRequest): Promise<boolean> {
    const call: Call = { method: 'POST', path: '/v1/route', body: request };
    try {
      const answer = await this.fetch<RouteAnswer>(this.options.router, call, 'omit');
      if (answer.status !== 200) return false;
      this.adopt(answer.body as RouteAnswer);
      return true;
    } catch {
      // A router that cannot be reached leaves the block that is known: `unrouted`.
      return false;
    }
  }

  private adopt(answer: RouteAnswer): void {
    const { block, ticket } = answer;
    const kept = ticket ?? this.placeNow?.ticket ?? '';
    this.settle({ block: block.id, url: block.urls.web, ticket: kept });
  }

  private settle(place: Place | undefined): void {
    this.placeNow = place;
    this.options.onPlace?.(place);
  }

  private async fetch<T>(
    origin: string,
    call: Call,
    credentials: RequestCredentials,
  ): Promise<Reply<T>> {
    const limit = AbortSignal.timeout(this.options.timeoutMs ?? 12_000);
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
    const headers: Record<string, string> = {};
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    // Reads stay without it: they need no question to the server beforehand.
    if (call.method !== 'GET' && credentials === 'include') headers['Bulkhead-Client'] = 'web';
    if (call.key !== undefined) headers['Idempotency-Key'] = call.key;
    const response = await this.options.world.fetch(origin + call.path, {
      method: call.method,
      headers,
      credentials,
      signal,
      cache: 'no-store',
      redirect: 'error',
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    return read<T>(response);
  }

  private note(token: object, state: State): void {
    if (state.phase === 'connected') this.troubled.delete(token);
    else {
      const since = this.troubled.get(token)?.since ?? this.options.world.now();
      this.troubled.set(token, { phase: state.phase, since });
    }
    this.publish();
  }

  private publish(): void {
    let phase: Phase = this.failedSince === undefined ? 'connected' : 'failed';
    let since = this.failedSince;
    for (const trouble of this.troubled.values()) {
      if (RANK.indexOf(trouble.phase) > RANK.indexOf(phase)) phase = trouble.phase;
      since = Math.min(since ?? trouble.since, trouble.since);
    }
    if (phase === this.shown.phase && since === this.shown.since) return;
    this.shown = { phase, since };
    for (const watcher of this.watchers) watcher();
  }
}

type Send<T> = (call: Call) => Promise<Reply<T>>;

/** An answer as it came: the body is read within the time limit too. */
interface Reply<T> {
  status: number;
  body: T | undefined;
  problem: Problem | undefined;
  word: Problem['next'] | undefined;
  retryAfterMs: number | undefined;
  replayed: boolean;
}

const WORDS = ['retry', 'route', 'reauthenticate', 'ask', 'stop'] as const;

async function read<T>(response: Response): Promise<Reply<T>> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const isProblem = type.startsWith('application/problem+json');
  const json: unknown = text && type.includes('json') ? JSON.parse(text) : undefined;
  const problem = isProblem ? (json as Problem) : undefined;
  const header = response.headers.get('bulkhead-next') ?? problem?.next;
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    body: isProblem ? undefined : (json as T),
    problem,
    word: WORDS.find((word) => word === header),
    retryAfterMs: Number.isFinite(after) ? after * 1_000 : undefined,
    replayed: response.headers.get('idempotency-replayed') === 'true',
  };
}
