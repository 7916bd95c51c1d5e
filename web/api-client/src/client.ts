/**
 * The shell around the core: sends what `next` decides, with a clock, randomness and a network. It
 * knows one block at a time and keeps it; it never looks into what a call is about.
 */
import { fresh, next, unknown } from './core/next.ts';
import { LIMITS } from './core/limits.ts';
import type { Because, Event, Phase, State } from './core/types.ts';
import { how, read, said } from './reply.ts';
import type { Reply } from './reply.ts';
import type { FailedHow, Problem, RouteAnswer, RouteRequest } from './wire.ts';

/** Where the customer is served, as the router said last. */
export interface Place {
  block: string;
  /** `client`, `pilot` or `backup`. */
  role?: string;
  url: string;
  /** Tells the router who comes back. Opens nothing without the password or the session. */
  ticket: string;
  /** At which block the session was last good; another one has to take it up first. */
  session?: string;
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
  /** Does it open a session? Then none is taken up first. */
  opens?: boolean;
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
  /** Was some send of it left without an answer? Then it may still be taken in somewhere. */
  readonly unheard: boolean;

  constructor(because: Because, problem?: Problem, unheard = because === 'unknown') {
    super(problem?.title ?? `given up: ${because}`);
    this.because = because;
    this.problem = problem;
    this.unheard = unheard;
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
  /** The routers' origins, the first to be asked first; empty for the page's own. */
  routers: string[];
  place?: Place | undefined;
  /** Called when the router names another block or gives another ticket. */
  onPlace?: (place: Place | undefined) => void;
  /** Called when a call found no live session. */
  onSessionEnd?: () => void;
}

/** How long a send may take, in milliseconds: a server that stands still is left after that. */
const TIME = {
  read: 4_000,
  change: 6_000,
  /** Opening a session takes its turn behind others; what may not be repeated is waited for. */
  patient: 12_000,
  router: 2_500,
} as const;

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
  private resuming: Promise<Event> | undefined;
  /** Sends that are under way, by where they went. */
  private readonly underWay = new Map<AbortController, string>();
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

  /** Told when the connection changes, and the block. */
  subscribe(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Other routers than before; the one that answered last stays the first. */
  knows(routers: string[]): void {
    const answered = this.options.routers.filter((router) => routers.includes(router));
    const first = answered.slice(0, 1);
    this.options.routers = [...first, ...routers.filter((router) => !first.includes(router))];
  }

  /** The network is back, or the customer does not want to wait. */
  wake(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  /** Time passes. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    await this.sleep(ms, 'connected', signal);
  }

  /** 0–999. */
  random(): number {
    return this.options.world.random();
  }

  /** Asks the router where a customer is served. The first step of a login. */
  async find(login: string): Promise<void> {
    const call: Call = { method: 'POST', path: '/v1/route', body: { login }, opens: true };
    await this.run(call, async (call) => {
      const answer = await this.askRouters(call);
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
      const filled = body === undefined ? call : { ...call, body };
      const answer = await this.fetch<T>(place.url, filled, 'include', timeFor(call));
      // Whoever answers a customer has his session.
      if (answer.status < 300) this.sessionIsAt(place.block);
      return answer;
    });
  }

  private async run<T>(call: Call, send: Send<T>): Promise<Answered<T>> {
    const token = {};
    const { world } = this.options;
    let state = fresh(call.repeatable ?? true, this.quota);
    let event: Event = { type: 'start', ...this.moved(call) };
    let last: Reply<T> | undefined;
    let unheard = false;
    let met: FailedHow | undefined;
    let began = world.now();
    try {
      for (;;) {
        const step = next({ ...state, quota: this.quota }, event);
        state = step.state;
        this.quota = state.quota;
        this.note(token, state);
        const action = step.actions[0];
        switch (action?.do) {
          case 'send':
            began = world.now();
            last = await this.attempt(call, send);
            unheard ||= last === undefined || unknown(last.status);
            event = last ? this.event(last) : this.nothing(world.now() - began);
            met = how(event);
            break;
          case 'resume':
            event = await this.resume();
            met = how(event);
            call.signal?.throwIfAborted();
            break;
          case 'route': {
            const routed = await this.route(met, call.signal);
            event = { type: routed ? 'routed' : 'unrouted', ...this.moved(call) };
            break;
          }
          case 'wait':
            event = await this.sleep(action.ms, state.phase, call.signal);
            if (event.type === 'timer') event = { ...event, ...this.moved(call) };
            break;
          case 'deliver':
            if (!last) throw new GivenUp('unknown');
            return { status: last.status, body: last.body as T, replayed: last.replayed };
          case 'give_up':
            if (action.because === 'reauthenticate') this.options.onSessionEnd?.();
            throw new GivenUp(action.because, last?.problem, unheard);
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
    return { type: 'answer', ...said(answer, this.options.world.random()) };
  }

  private nothing(afterMs: number): Event {
    const { world } = this.options;
    const offline = world.online() ? {} : { offline: true };
    const late = afterMs >= TIME.read ? { late: true } : {};
    return { type: 'lost', random: world.random(), ...offline, ...late };
  }

  /** Has the session yet to be taken up at the block that is known now? */
  private moved(call: Call): { moved: boolean } {
    const { block, session = block } = this.placeNow ?? {};
    return { moved: call.opens !== true && session !== block };
  }

  private sessionIsAt(block: string): void {
    const place = this.placeNow;
    if (place?.block === block && place.session !== block) this.settle({ ...place, session: block });
  }

  /** Many calls that need the session at another block take it up once. */
  private resume(): Promise<Event> {
    this.resuming ??= this.takeUp().finally(() => (this.resuming = undefined));
    return this.resuming;
  }

  /** The session is in a cookie of the customers' blocks; the ticket says whose it is. */
  private async takeUp(): Promise<Event> {
    const place = this.placeNow;
    if (!place || place.session === place.block) return { type: 'resumed' };
    const { world } = this.options;
    const began = world.now();
    const body = { ticket: place.ticket };
    const call: Call = { method: 'POST', path: '/v1/sessions/resumption', body };
    try {
      const answer = await this.fetch(place.url, call, 'include', TIME.change);
      if (answer.status >= 300) return { type: 'unresumed', ...said(answer, world.random()) };
      this.sessionIsAt(place.block);
      return { type: 'resumed' };
    } catch {
      const late = world.now() - began >= TIME.read ? { late: true } : {};
      return { type: 'unresumed', random: world.random(), ...late };
    }
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
  private route(how: FailedHow | undefined, signal?: AbortSignal): Promise<boolean> {
    const { ticket, block } = this.placeNow ?? {};
    if (!ticket || !block || signal?.aborted) return Promise.resolve(false);
    // What this client has met lets the router look anew before it answers.
    const request: RouteRequest = how ? { ticket, failed: { block, how } } : { ticket };
    this.asking ??= this.ask(request).finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(request: RouteRequest): Promise<boolean> {
    const call: Call = { method: 'POST', path: '/v1/route', body: request };
    try {
      const answer = await this.askRouters(call);
      if (answer.status !== 200) return false;
      this.adopt(answer.body as RouteAnswer);
      return true;
    } catch {
      // A router that cannot be reached leaves the block that is known: `unrouted`.
      return false;
    }
  }

  /** The first router that answers; it is asked first the next time. */
  private async askRouters(call: Call): Promise<Reply<RouteAnswer>> {
    const { routers } = this.options;
    let trouble: unknown;
    for (const router of [...routers]) {
      try {
        const answer = await this.fetch<RouteAnswer>(router, call, 'omit', TIME.router);
        if (answer.status >= 500 && router !== routers.at(-1)) continue;
        this.options.routers = [router, ...routers.filter((other) => other !== router)];
        return answer;
      } catch (error) {
        if (call.signal?.aborted) throw error;
        trouble = error;
      }
    }
    throw trouble;
  }

  private adopt(answer: RouteAnswer): void {
    const { block, ticket } = answer;
    const { ticket: old = '', session } = this.placeNow ?? {};
    const { id, role, urls } = block;
    const place: Place = { block: id, role, url: urls.web, ticket: ticket ?? old };
    this.settle(session === undefined ? place : { ...place, session });
    // Whoever still waits for the old block comes along.
    for (const [send, url] of this.underWay) if (url !== place.url) send.abort();
  }

  private settle(place: Place | undefined): void {
    const moved = place?.block !== this.placeNow?.block;
    this.placeNow = place;
    this.options.onPlace?.(place);
    if (moved) for (const watcher of this.watchers) watcher();
  }

  private async fetch<T>(
    origin: string,
    call: Call,
    credentials: RequestCredentials,
    limitMs: number,
  ): Promise<Reply<T>> {
    const left = new AbortController();
    const limits = [left.signal, AbortSignal.timeout(limitMs)];
    const signal = AbortSignal.any(call.signal ? [call.signal, ...limits] : limits);
    if (credentials === 'include' && call.repeatable !== false) this.underWay.set(left, origin);
    try {
      return await this.exchange<T>(origin, call, credentials, signal);
    } finally {
      this.underWay.delete(left);
    }
  }

  private async exchange<T>(
    origin: string,
    call: Call,
    credentials: RequestCredentials,
    signal: AbortSignal,
  ): Promise<Reply<T>> {
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

function timeFor(call: Call): number {
  if (call.opens === true || call.repeatable === false) return TIME.patient;
  return call.method === 'GET' ? TIME.read : TIME.change;
}

type Send<T> = (call: Call) => Promise<Reply<T>>;
