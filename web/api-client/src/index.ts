/** The bank's client. Pages use this and never `fetch`. */
export { Bank } from './bank.ts';
export { Client, GivenUp } from './client.ts';
export type { Answered, Call, Connection, Place, World } from './client.ts';
export { LIMITS } from './core/limits.ts';
export { fresh, next } from './core/next.ts';
export type { Action, Because, Event, Next, Phase, State, Step } from './core/types.ts';
export { withdrawal } from './core/withdraw.ts';
export type { Standing, Withdrawal } from './core/withdraw.ts';
export { currencyOf, minor, money, parseAmount } from './money.ts';
export { Orders, canonical } from './orders.ts';
export type { Fate, Kept, Settled } from './orders.ts';
export { inMemory, openShelf } from './store/database.ts';
export type { Shelf } from './store/database.ts';
export * as wire from './wire.ts';
