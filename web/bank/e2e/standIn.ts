/**
 * Blocks and a router that answer what a test says, for what a real bank shows seldom: a move in
 * the middle of something. The page under test is the built one.
 */
import type { Page, Route } from '@playwright/test';
import type { wire } from '@bulkhead/api-client';

const ACCOUNT = '40817810000000000101';

export function rub(amount: string): wire.Money {
  return { amount, currency: 'RUB' };
}

/** An order of Anna's, `minutes` ago. */
export function order(id: string, change: Partial<wire.Operation> = {}, minutes = 1): wire.Operation {
  const at = (after: number) => new Date(Date.now() + after * 60_000).toISOString();
  const fee = rub('0.00');
  const payee = { account: '40817810000000000201', name: 'Boris I.' };
  const amount = rub('1500.00');
  return {
    operation_id: id,
    kind: 'customer_transfer',
    state: 'awaiting_confirmation',
    shown: 'waiting_for_confirmation',
    iso_status: 'RCVD',
    durability: 'saved',
    message: '',
    cancellable: true,
    most: amount,
    reason: null,
    effect: null,
    created_at: at(-minutes),
    updated_at: at(-minutes),
    valid_until: at(60),
    confirm_by: at(10),
    intent: {
      valid_until: at(60),
      terms: { kind: 'customer_transfer', from_account: ACCOUNT, amount, fee, payee, message: '' },
    },
    ...change,
  } as wire.Operation;
}

export class StandIn {
  /** The block that the router names. */
  serves = 'client-1';
  /** Blocks that refuse connections. */
  readonly dead = new Set<string>();
  /** What was asked, `POST client-1/v1/sessions`. */
  readonly asked: string[] = [];
  operations: wire.Operation[] = [];
  notice: wire.NoticeView | undefined;
  /** What else is answered, by method and path. */
  readonly says = new Map<string, () => [number, unknown]>();
  private readonly origin: string;

  private constructor(origin: string) {
    this.origin = origin;
  }

  /** Puts it between the page and everybody, and logs Anna in. */
  static async around(page: Page, origin: string): Promise<StandIn> {
    const bank = new StandIn(origin);
    await page.route('**/v1/bootstrap', (route) => bank.answer(route, 200, BOOTSTRAP));
    await page.route('**/v1/route', (route) => {
      const url = (channel: string) => `http://${bank.serves}.my.bank.localhost:1/${channel}`;
      const role = bank.serves.startsWith('backup') ? 'backup' : 'client';
      const block = { id: bank.serves, role, urls: { web: url('').slice(0, -1), mobile: url('m') } };
      return bank.answer(route, 200, { block, ticket: 'a ticket' });
    });
    await page.route(/\.my\.bank\.localhost/, (route) => bank.block(route));
    await page.goto('/');
    await page.getByLabel('Login or phone number').fill('anna');
    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: /^Hello/ }).waitFor();
    return bank;
  }

  private async block(route: Route): Promise<void> {
    const request = route.request();
    const { hostname, pathname } = new URL(request.url());
    const block = hostname.split('.')[0] ?? '';
    if (this.dead.has(block)) return route.abort('connectionrefused');
    if (request.method() === 'OPTIONS') return this.answer(route, 204, '');
    this.asked.push(`${request.method()} ${block}${pathname}`);
    const said = this.says.get(`${request.method()} ${pathname}`)?.() ?? this.usual(pathname);
    return this.answer(route, ...said);
  }

  private usual(path: string): [number, unknown] {
    const id = /^\/v1\/operations\/([^/]+)$/.exec(path)?.[1];
    const found = this.operations.find(({ operation_id }) => operation_id === id);
    switch (path) {
      case '/v1/sessions':
      case '/v1/sessions/resumption':
        return [201, { name: 'Anna Petrova', idle_s: 900, session_id: 'x', expires_at: '' }];
      case '/v1/overview':
        return [200, { totals: [rub('920500.00')], sections: [] }];
      case '/v1/accounts':
      case '/v1/cards':
        return [200, { status: 'live', items: [] }];
      case '/v1/notice':
        return [200, this.notice ?? QUIET];
      case '/v1/operations':
        return [200, { items: this.operations }];
      default:
        return found ? [200, found] : [404, problem('operation-unknown', 'stop')];
    }
  }

  private answer(route: Route, status: number, body: unknown): Promise<void> {
    const headers = {
      'access-control-allow-origin': this.origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type, bulkhead-client, idempotency-key',
      'access-control-allow-methods': 'GET, POST, DELETE',
    };
    const contentType = status < 400 ? 'application/json' : 'application/problem+json';
    return route.fulfill({ status, headers, contentType, body: JSON.stringify(body) });
  }
}

export function problem(code: string, next: string) {
  return { code, next, title: code, status: 0, type: 'about:blank' };
}

const QUIET: wire.NoticeView = {
  notice: null,
  message: null,
  view: 'complete',
  as_of: null,
  being_checked: [],
  questions: [],
};

const BOOTSTRAP: wire.Bootstrap = {
  bank: 'Bulkhead Bank',
  version: '0.1.0',
  time_zone: 'Europe/Moscow',
  languages: ['en', 'ru'],
  guest: null,
  routers: [],
  demo: true,
};
