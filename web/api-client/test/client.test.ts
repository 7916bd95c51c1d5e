/** The shell against a network that misbehaves, with a clock that the test turns. */
import { beforeEach, expect, it } from 'vitest';
import { Bank, Client, GivenUp, Orders, inMemory } from '../src/index.ts';
import type { Place, Shelf, World, wire } from '../src/index.ts';

const HOME: Place = { block: 'client-1', url: 'http://one', ticket: 'ticket-1' };
const OTHER = { id: 'client-2', role: 'client', urls: { web: 'http://two', mobile: '' } };
const INTENT: wire.Intent = {
  terms: {
    kind: 'own_transfer',
    from_account: '40817810000000000001',
    to_account: '40817810000000000002',
    amount: { amount: '10.00', currency: 'RUB' },
  },
  valid_until: '2026-01-01T00:00:00Z',
};

type Answer = Response | 'lost';
let sent: { url: string; init: RequestInit }[];
let waits: number[];
let answers: Answer[];
let client: Client;
let shelf: Shelf;
let orders: Orders;

beforeEach(() => {
  [sent, waits, answers] = [[], [], []];
  const world: World = {
    fetch: (url, init) => {
      sent.push({ url: String(url), init: init ?? {} });
      const answer = answers.shift() ?? 'lost';
      return answer === 'lost' ? Promise.reject(new TypeError('gone')) : Promise.resolve(answer);
    },
    now: () => 1_000,
    random: () => 500,
    after: (ms, then) => {
      waits.push(ms);
      queueMicrotask(then);
      return () => undefined;
    },
    online: () => true,
  };
  client = new Client({ world, routers: ['http://router'], place: HOME });
  shelf = inMemory();
  orders = new Orders(
    new Bank(client),
    shelf,
    () => 'a-key-of-sixteen-characters',
    () => 0,
  );
});

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': type, ...headers },
  });
}

const problem = (status: number, code: string, next: string) =>
  json(status, { code, next, title: code, status }, { 'bulkhead-next': next });

it('comes back through the router with the same key', async () => {
  const operation = { operation_id: 'op', intent: INTENT };
  const routed = json(200, { block: OTHER, ticket: 'ticket-2' });
  answers = ['lost', 'lost', routed, json(200, operation, { 'idempotency-replayed': 'true' })];
  const kept = await orders.keep(INTENT, 'anna');
  const answer = await orders.send(kept);
  expect(answer.operation_id).toBe('op');
  expect(sent.map(({ url }) => url)).toEqual([
    'http://one/v1/operations',
    'http://one/v1/operations',
    'http://router/v1/route',
    'http://two/v1/operations',
  ]);
  const keys = sent.map(({ init }) => new Headers(init.headers).get('idempotency-key'));
  expect(keys).toEqual([kept.key, kept.key, null, kept.key]);
  expect(client.place).toMatchObject({ block: 'client-2', ticket: 'ticket-2' });
  const failed = { block: 'client-1', how: 'refused' };
  expect(JSON.parse(String(sent[2]?.init.body))).toEqual({ ticket: 'ticket-1', failed });
  expect(waits).toEqual([200]);
});

it('keeps the order before it is sent, and afterwards', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  expect(sent).toEqual([]);
  expect(await orders.unfinished('anna')).toEqual([kept]);
  expect(await orders.unfinished('boris')).toEqual([]);
  await expect(orders.send(kept)).rejects.toMatchObject({ because: 'unreachable' });
  expect(client.connection.phase).toBe('failed');
  expect(await orders.unfinished('anna')).toEqual([kept]);
});

it('lets go of an order that was refused, but not of a look-alike', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  answers = [problem(409, 'looks-alike', 'ask')];
  await expect(orders.send(kept)).rejects.toBeInstanceOf(GivenUp);
  expect(await orders.unfinished('anna')).toHaveLength(1);
  answers = [problem(422, 'insufficient-funds', 'ask')];
  await expect(orders.send(kept, true)).rejects.toMatchObject({ because: 'ask' });
  expect(JSON.parse(String(sent[1]?.init.body))).toEqual({ intent: INTENT, again: true });
  expect(await orders.unfinished('anna')).toEqual([]);
});

it('names the view that an order was placed on, if that may have lacked something', async () => {
  const bank = new Bank(client);
  orders = new Orders(bank, shelf, () => 'a-key-of-sixteen-characters', () => 0);
  const quiet = { notice: null, message: null, being_checked: [], questions: [] };
  answers = [json(200, { ...quiet, view: 'as_of', as_of: 2 })];
  await bank.notice();
  const kept = await orders.keep(INTENT, 'anna');
  answers = [problem(409, 'look-again', 'ask')];
  await expect(orders.send(kept)).rejects.toMatchObject({ because: 'ask' });
  expect(JSON.parse(String(sent.at(-1)?.init.body))).toEqual({ intent: INTENT, as_of: 2 });
  expect(await orders.unfinished('anna')).toEqual([]);
  answers = [json(200, { ...quiet, view: 'complete', as_of: null })];
  await bank.notice();
  expect((await orders.keep(INTENT, 'anna')).order).toEqual({ intent: INTENT });
});

it('finds out what became of an order without sending it', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  const { terms, valid_until } = INTENT;
  const same = { valid_until, terms: Object.fromEntries(Object.entries(terms).reverse()) };
  const created_at = '1970-01-01T00:00:00Z';
  answers = [json(200, { items: [{ operation_id: 'op', intent: same, created_at }] })];
  expect(await orders.fate(kept)).toMatchObject({ kind: 'known' });
  answers = [json(200, { items: [] })];
  expect(await orders.fate(kept)).toEqual({ kind: 'not_received' });
  const known = { ...kept, operation_id: 'op' };
  answers = [problem(404, 'operation-unknown', 'stop')];
  expect(await orders.fate(known)).toEqual({ kind: 'not_received' });
  answers = [problem(401, 'session-expired', 'reauthenticate')];
  await expect(orders.fate(known)).rejects.toMatchObject({ because: 'reauthenticate' });
  expect(sent.every(({ init }) => init.method === 'GET')).toBe(true);
});

it('sends cookies to the block only, and its header with changes only', async () => {
  answers = [json(200, { items: [] }), problem(401, 'session-expired', 'reauthenticate')];
  await new Bank(client).sessions();
  await expect(new Bank(client).cancel('op')).rejects.toMatchObject({
    because: 'reauthenticate',
  });
  expect(sent.map(({ init }) => init.credentials)).toEqual(['include', 'include']);
  const headers = sent.map(({ init }) => new Headers(init.headers).get('bulkhead-client'));
  expect(headers).toEqual([null, 'web']);
});

it('never repeats unseen what must not be', async () => {
  await expect(new Bank(client).sendCode('op')).rejects.toMatchObject({ because: 'unknown' });
  expect(sent).toHaveLength(1);
});

it('logs in again with a new ticket when the first was used up', async () => {
  answers = [
    json(200, { block: { ...OTHER, urls: { web: 'http://one', mobile: '' } }, ticket: 't1' }),
    'lost',
    problem(401, 'ticket-used', 'route'),
    json(200, { block: OTHER, ticket: 't2' }),
    json(202, { challenge_id: 'c' }),
  ];
  await client.find('anna');
  const { status } = await new Bank(client).openSession('secret', 'browser');
  expect(status).toBe(202);
  const tickets = sent.map(({ init }) => JSON.parse(String(init.body)) as { ticket?: string });
  expect(tickets.map(({ ticket }) => ticket)).toEqual([undefined, 't1', 't1', 't1', 't2']);
});

const standing = (state: string) => json(200, { operation_id: 'op', intent: INTENT, state });

it('takes another key only when the old one has ended', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  await expect(orders.send(kept)).rejects.toMatchObject({ because: 'unreachable', unheard: true });
  expect(await orders.before(INTENT, 'anna')).toEqual([kept]);
  expect(await orders.before(INTENT, 'boris')).toEqual([]);
  [sent, waits] = [[], []];
  answers = [standing('awaiting_confirmation'), standing('sent'), standing('cancelled')];
  expect(await orders.withdraw(kept)).toMatchObject({ as: 'free' });
  expect(waits).toEqual([750, 1000]);
  for (const { url, init } of sent) {
    expect(url).toBe('http://one/v1/operations/cancellation');
    expect(new Headers(init.headers).get('idempotency-key')).toBe(kept.key);
    expect(JSON.parse(String(init.body))).toEqual({ intent: INTENT });
  }
  expect(await orders.unfinished('anna')).toEqual([]);
});

it('learns that an order was done after all, and keeps it until that was seen', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  await expect(orders.send(kept)).rejects.toBeInstanceOf(GivenUp);
  answers = [standing('executed')];
  const settled = await orders.withdraw(kept);
  expect(settled).toMatchObject({ as: 'done', operation: { state: 'executed' } });
  expect(await orders.unfinished('anna')).toEqual([{ ...kept, operation_id: 'op' }]);
  expect(await orders.before(INTENT, 'anna')).toEqual([]);
});

it('withdraws an order that one block refused and another may have', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  answers = ['lost', problem(422, 'insufficient-funds', 'ask')];
  await expect(orders.send(kept)).rejects.toMatchObject({ because: 'ask', unheard: true });
  const withdrawn = { ...kept, withdrawn: true };
  expect(await orders.unfinished('anna')).toEqual([withdrawn]);
  // Another amount of the same kind waits for it, and something else does not.
  const amount = { amount: '11.00', currency: 'RUB' };
  const terms = { ...INTENT.terms, amount } as wire.Terms;
  expect(await orders.before({ ...INTENT, terms }, 'anna')).toEqual([withdrawn]);
  const freeze: wire.Terms = { kind: 'card_freeze', card_id: 'card-1' };
  expect(await orders.before({ ...INTENT, terms: freeze }, 'anna')).toEqual([]);
  // The wish is kept while nobody answers.
  await expect(orders.withdraw(withdrawn)).rejects.toMatchObject({ because: 'unreachable' });
  expect(await orders.unfinished('anna')).toEqual([withdrawn]);
});

it('forgets at once what nobody can have, and after a reload believes nothing', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  answers = [problem(409, 'looks-alike', 'ask')];
  await expect(orders.send(kept)).rejects.toMatchObject({ unheard: false });
  await orders.discard(kept);
  expect(await orders.unfinished('anna')).toEqual([]);
  await shelf.put('orders', kept.key, kept);
  const reloaded = new Orders(new Bank(client), shelf, () => 'another', () => 0);
  await reloaded.discard(kept);
  expect(await reloaded.unfinished('anna')).toEqual([{ ...kept, withdrawn: true }]);
});

/** Where a request went, and what it was. */
const asked = () => sent.map(({ url, init }) => `${init.method} ${url}`);
const twoRouted = (ticket: string) => json(200, { block: OTHER, ticket });

it('has the session taken up by another block before anything is sent there', async () => {
  const key = 'a-key-of-sixteen-characters';
  answers = [json(200, { items: [] })];
  await new Bank(client).sessions();
  expect(client.place?.session).toBe('client-1');
  sent = [];
  answers = ['lost', 'lost', twoRouted('t2'), json(201, {}), json(201, { operation_id: 'op' })];
  await orders.send(await orders.keep(INTENT, 'anna'));
  expect(asked()).toEqual([
    'POST http://one/v1/operations',
    'POST http://one/v1/operations',
    'POST http://router/v1/route',
    'POST http://two/v1/sessions/resumption',
    'POST http://two/v1/operations',
  ]);
  expect(JSON.parse(String(sent[3]?.init.body))).toEqual({ ticket: 't2' });
  expect(sent[3]?.init.credentials).toBe('include');
  expect(new Headers(sent[4]?.init.headers).get('idempotency-key')).toBe(key);
  expect(client.place).toMatchObject({ block: 'client-2', session: 'client-2' });
});

it('takes the session up once for all calls, and after a reload', async () => {
  const place: Place = { block: 'client-2', url: 'http://two', ticket: 't', session: 'client-1' };
  const list = () => json(200, { items: [] });
  const { world } = (client as unknown as { options: { world: World } }).options;
  const reloaded = new Client({ world, routers: ['http://router'], place });
  answers = [json(201, {}), list(), list(), list()];
  const bank = new Bank(reloaded);
  await Promise.all([bank.sessions(), bank.sessions(), bank.sessions()]);
  expect(asked()).toEqual(['POST http://two/v1/sessions/resumption', ...Array<string>(3).fill('GET http://two/v1/sessions')]);
  expect(reloaded.place?.session).toBe('client-2');
});

it('asks for a login when the other block does not know the session either', async () => {
  answers = [json(200, { items: [] })];
  await new Bank(client).sessions();
  const gone = problem(401, 'session-expired', 'reauthenticate');
  answers = [problem(421, 'placement-moved', 'route'), twoRouted('t2'), gone];
  const kept = await orders.keep(INTENT, 'anna');
  await expect(orders.send(kept)).rejects.toMatchObject({ because: 'reauthenticate' });
  expect(await orders.unfinished('anna')).toEqual([kept]);
});

it('asks the other router when one is away, and that one first from then on', async () => {
  client.knows(['http://router', 'http://backup']);
  const moved = () => problem(421, 'placement-moved', 'route');
  answers = [moved(), 'lost', twoRouted('t2'), json(200, { items: [] })];
  await new Bank(client).sessions();
  const back = json(200, { block: { ...OTHER, id: 'client-1' }, ticket: 't3' });
  answers = [moved(), back, json(201, {}), json(200, { items: [] })];
  await new Bank(client).sessions();
  const told = sent.find(({ url }) => url === 'http://backup/v1/route');
  const failed = { block: 'client-1', how: 'answered' };
  expect(JSON.parse(String(told?.init.body))).toMatchObject({ failed });
  const routers = asked().filter((line) => line.endsWith('/v1/route'));
  expect(routers.map((line) => line.split('/')[2])).toEqual(['router', 'backup', 'backup']);
});

it('leaves a block that stands still as soon as another call was told of a new one', async () => {
  const { world } = (client as unknown as { options: { world: World } }).options;
  const { fetch } = world;
  world.fetch = (url, init) => {
    if (!String(url).startsWith('http://one/v1/overview')) return fetch(url, init);
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new Error('left')));
    });
  };
  answers = [json(200, { items: [] })];
  const bank = new Bank(client);
  await bank.sessions();
  const overview = bank.overview();
  const rest = [json(201, {}), json(200, { items: [] }), json(200, { sections: [] })];
  answers = [problem(421, 'placement-moved', 'route'), twoRouted('t2'), ...rest];
  await bank.sessions();
  expect(await overview).toEqual({ sections: [] });
  expect(asked().at(-1)).toBe('GET http://two/v1/overview');
});
