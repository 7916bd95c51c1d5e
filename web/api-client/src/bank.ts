/** The API of a customer's block, call by call. What may not be repeated unseen says so here. */
import type { Answered, Client } from './client.ts';
import type * as wire from './wire.ts';

export class Bank {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  // Sessions

  /** Needs `client.find(login)` first: the ticket is part of it. */
  openSession(
    password: string,
    device_name: string,
  ): Promise<Answered<wire.SessionOpened | wire.CodeNeeded>> {
    const bodyFor = ({ ticket }: { ticket: string }): wire.OpenSession => ({
      ticket,
      password,
      device_name,
    });
    return this.client.call({ method: 'POST', path: '/v1/sessions', bodyFor });
  }

  async answerChallenge(id: string, code: string): Promise<wire.SessionOpened> {
    const path = `/v1/sessions/challenges/${encodeURIComponent(id)}`;
    return this.post(path, { code }, { repeatable: false });
  }

  async sessions(signal?: AbortSignal): Promise<wire.SessionView[]> {
    const { items } = await this.get<{ items: wire.SessionView[] }>('/v1/sessions', signal);
    return items;
  }

  async endSession(id: 'current' | (string & {})): Promise<void> {
    await this.client.call({ method: 'DELETE', path: `/v1/sessions/${encodeURIComponent(id)}` });
  }

  async endAllSessions(): Promise<void> {
    await this.client.call({ method: 'DELETE', path: '/v1/sessions' });
  }

  // Products

  overview(signal?: AbortSignal): Promise<wire.Overview> {
    return this.get('/v1/overview', signal);
  }

  accounts(signal?: AbortSignal): Promise<wire.Section<wire.Account>> {
    return this.get('/v1/accounts', signal);
  }

  cards(signal?: AbortSignal): Promise<wire.Section<wire.Card>> {
    return this.get('/v1/cards', signal);
  }

  transactions(
    account: string,
    cursor?: string,
    signal?: AbortSignal,
  ): Promise<wire.TransactionPage> {
    const path = `/v1/accounts/${encodeURIComponent(account)}/transactions`;
    return this.get(`${path}?${page(20, cursor)}`, signal);
  }

  // Operations

  review(draft: wire.Draft): Promise<wire.Review> {
    return this.post('/v1/operations/review', draft);
  }

  order(key: string, order: wire.NewOrder): Promise<Answered<wire.Ordered>> {
    return this.client.call({ method: 'POST', path: '/v1/operations', body: order, key });
  }

  operations(cursor?: string, signal?: AbortSignal): Promise<wire.OperationPage> {
    return this.get(`/v1/operations?${page(20, cursor)}`, signal);
  }

  operation(id: string, signal?: AbortSignal): Promise<wire.Operation> {
    return this.get(`/v1/operations/${encodeURIComponent(id)}`, signal);
  }

  /** Confirming twice is confirming once: the block answers the present state. */
  confirm(id: string, code: string): Promise<wire.Operation> {
    return this.post(`/v1/operations/${encodeURIComponent(id)}/confirmation`, { code });
  }

  /** Each one sends a message to the customer, and they are counted. */
  async sendCode(id: string): Promise<boolean> {
    const path = `/v1/operations/${encodeURIComponent(id)}/code`;
    const { sent } = await this.post<{ sent: boolean }>(path, undefined, { repeatable: false });
    return sent;
  }

  cancel(id: string): Promise<wire.Operation> {
    return this.post(`/v1/operations/${encodeURIComponent(id)}/cancellation`, undefined);
  }

  cashCode(id: string, signal?: AbortSignal): Promise<wire.CashCode> {
    return this.get(`/v1/operations/${encodeURIComponent(id)}/cash-code`, signal);
  }

  // Templates and reference data

  async templates(signal?: AbortSignal): Promise<wire.Template[]> {
    const { items } = await this.get<{ items: wire.Template[] }>('/v1/templates', signal);
    return items;
  }

  createTemplate(name: string, terms: wire.Terms): Promise<wire.Template> {
    return this.post('/v1/templates', { name, terms }, { repeatable: false });
  }

  async removeTemplate(id: string): Promise<void> {
    await this.client.call({ method: 'DELETE', path: `/v1/templates/${encodeURIComponent(id)}` });
  }

  rates(signal?: AbortSignal): Promise<wire.Reference<wire.ExchangeRate>> {
    return this.get('/v1/reference/rates', signal);
  }

  products(signal?: AbortSignal): Promise<wire.Reference<wire.Product>> {
    return this.get('/v1/reference/products', signal);
  }

  billers(signal?: AbortSignal): Promise<wire.Reference<wire.Biller>> {
    return this.get('/v1/reference/billers', signal);
  }

  private async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const call = { method: 'GET', path, ...(signal ? { signal } : {}) } as const;
    return (await this.client.call<T>(call)).body;
  }

  private async post<T>(
    path: string,
    body: unknown,
    how: { repeatable?: boolean } = {},
  ): Promise<T> {
    return (await this.client.call<T>({ method: 'POST', path, body, ...how })).body;
  }
}

function page(limit: number, cursor?: string): URLSearchParams {
  return new URLSearchParams({ limit: String(limit), ...(cursor ? { cursor } : {}) });
}
