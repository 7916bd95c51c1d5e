/** The API of a customer's block, call by call. What may not be repeated unseen says so here. */
import type { Answered, Client } from './client.ts';
import { fill } from './paths.ts';
import type { Answer, At, Body, Path } from './paths.ts';
import type * as wire from './wire.ts';

/** Entries of a page of a list. */
const PAGE = 20;

export class Bank {
  readonly client: Client;
  /** The generation of the last view that he was shown, if that may have lacked something. */
  asOf: number | undefined;

  constructor(client: Client) {
    this.client = client;
  }

  // Sessions

  /** Needs `client.find(login)` first: the ticket is part of it. */
  openSession(
    password: string,
    device_name: string,
  ): Promise<Answered<Answer<'post', '/v1/sessions'>>> {
    const bodyFor = ({ ticket }: { ticket: string }): Body<'post', '/v1/sessions'> => ({
      ticket,
      password,
      device_name,
    });
    return this.client.call({ method: 'POST', path: '/v1/sessions', bodyFor, opens: true });
  }

  answerChallenge(id: string, code: string): Promise<wire.SessionOpened> {
    const at = { path: { id } };
    return this.post('/v1/sessions/challenges/{id}', at, { code }, { repeatable: false, opens: true });
  }

  async sessions(signal?: AbortSignal): Promise<wire.SessionView[]> {
    return (await this.get('/v1/sessions', {}, signal)).items;
  }

  async endSession(id: string): Promise<void> {
    await this.delete('/v1/sessions/{id}', { path: { id } });
  }

  async endThisSession(): Promise<void> {
    await this.delete('/v1/sessions/current', {});
  }

  async endAllSessions(): Promise<void> {
    await this.delete('/v1/sessions', {});
  }

  // Products

  overview(signal?: AbortSignal): Promise<wire.Overview> {
    return this.get('/v1/overview', {}, signal);
  }

  accounts(signal?: AbortSignal): Promise<wire.AccountsSection> {
    return this.get('/v1/accounts', {}, signal);
  }

  cards(signal?: AbortSignal): Promise<wire.CardsSection> {
    return this.get('/v1/cards', {}, signal);
  }

  transactions(
    account: string,
    cursor?: string,
    signal?: AbortSignal,
  ): Promise<wire.TransactionPage> {
    const at = { path: { account }, query: page(cursor) };
    return this.get('/v1/accounts/{account}/transactions', at, signal);
  }

  // Operations

  review(draft: wire.Draft): Promise<wire.Review> {
    return this.post('/v1/operations/review', {}, draft);
  }

  order(
    key: string,
    order: Body<'post', '/v1/operations'>,
  ): Promise<Answered<Answer<'post', '/v1/operations'>>> {
    return this.client.call({ method: 'POST', path: '/v1/operations', body: order, key });
  }

  /** Cancels what was, or may have been, ordered under a key; the block need not know of it. */
  async withdraw(key: string, intent: wire.Intent, signal?: AbortSignal): Promise<wire.Operation> {
    const path = '/v1/operations/cancellation';
    const body: Body<'post', typeof path> = { intent };
    const call = { method: 'POST', path, body, key, ...(signal ? { signal } : {}) } as const;
    return (await this.client.call<Answer<'post', typeof path>>(call)).body;
  }

  operations(cursor?: string, signal?: AbortSignal): Promise<wire.OperationPage> {
    return this.get('/v1/operations', { query: page(cursor) }, signal);
  }

  operation(id: string, signal?: AbortSignal): Promise<wire.Operation> {
    return this.get('/v1/operations/{id}', { path: { id } }, signal);
  }

  /** Confirming twice is confirming once: the block answers the present state. */
  confirm(id: string, code: string): Promise<wire.Operation> {
    return this.post('/v1/operations/{id}/confirmation', { path: { id } }, { code });
  }

  /** Each one sends a message to the customer, and they are counted. */
  async sendCode(id: string): Promise<boolean> {
    const at = { path: { id } };
    const how = { repeatable: false };
    return (await this.post('/v1/operations/{id}/code', at, undefined, how)).sent;
  }

  cancel(id: string): Promise<wire.Operation> {
    return this.post('/v1/operations/{id}/cancellation', { path: { id } }, undefined);
  }

  /** Says whether an order is still meant; `question` as it was shown with the order. */
  answer(id: string, question: wire.Question, execute: boolean): Promise<wire.Operation> {
    const { asked, cancel_asked } = question;
    const body = { execute, asked, cancel_asked };
    return this.post('/v1/operations/{id}/answer', { path: { id } }, body);
  }

  /** What he is told while something of his may be missing after a move. */
  async notice(signal?: AbortSignal): Promise<wire.NoticeView> {
    const notice = await this.get('/v1/notice', {}, signal);
    this.asOf = notice.as_of ?? undefined;
    return notice;
  }

  cashCode(id: string, signal?: AbortSignal): Promise<wire.CashCode> {
    return this.get('/v1/operations/{id}/cash-code', { path: { id } }, signal);
  }

  // Templates and reference data

  async templates(signal?: AbortSignal): Promise<wire.Template[]> {
    return (await this.get('/v1/templates', {}, signal)).items;
  }

  createTemplate(name: string, terms: wire.Terms): Promise<wire.Template> {
    return this.post('/v1/templates', {}, { name, terms }, { repeatable: false });
  }

  async removeTemplate(id: string): Promise<void> {
    await this.delete('/v1/templates/{id}', { path: { id } });
  }

  rates(signal?: AbortSignal): Promise<wire.ExchangeRates> {
    return this.get('/v1/reference/rates', {}, signal);
  }

  products(signal?: AbortSignal): Promise<wire.Products> {
    return this.get('/v1/reference/products', {}, signal);
  }

  billers(signal?: AbortSignal): Promise<wire.Billers> {
    return this.get('/v1/reference/billers', {}, signal);
  }

  private async get<P extends Path<'get'>>(
    path: P,
    at: At<'get', P>,
    signal?: AbortSignal,
  ): Promise<Answer<'get', P>> {
    const call = { method: 'GET', path: fill(path, at), ...(signal ? { signal } : {}) } as const;
    return (await this.client.call<Answer<'get', P>>(call)).body;
  }

  private async post<P extends Path<'post'>>(
    path: P,
    at: At<'post', P>,
    body: Body<'post', P>,
    how: { repeatable?: boolean; opens?: boolean } = {},
  ): Promise<Answer<'post', P>> {
    const call = { method: 'POST', path: fill(path, at), body, ...how } as const;
    return (await this.client.call<Answer<'post', P>>(call)).body;
  }

  private async delete<P extends Path<'delete'>>(path: P, at: At<'delete', P>): Promise<void> {
    await this.client.call({ method: 'DELETE', path: fill(path, at) });
  }
}

function page(cursor: string | undefined): { limit: number; cursor?: string } {
  return { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
}
