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
  client = new Client({ world, router: 'http://router', place: HOME });
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
  expect(client.place).toEqual({ block: 'client-2', url: 'http://two', ticket: 'ticket-2' });
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

it('finds out what became of an order without sending it', async () => {
  const kept = await orders.keep(INTENT, 'anna');
  const { terms, valid_until } = INTENT;
  const same = { valid_until, terms: Object.fromEntries(Object.entries(terms).reverse()) };
  const created_at = '1970-01-01T00:00:00Z';
  answers = [json(200, { items: [{ operation_id: 'op', intent: same, created_at }] })];
  expect(await orders.fate(kept)).toMatchObject({ kind: 'known' });
  answers = [json(200, { items: [] })];
  expect(await orders.fate(kept)).toEqual({ kind: 'not_received' });
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
