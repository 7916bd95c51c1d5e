/**
 * What travels between this client and the bank, exactly as the API has it. Kept by hand until the
 * types are generated from the OpenAPI documents; nothing else is declared here.
 */
import type { Next } from './core/types.ts';

export type Currency = 'RUB' | 'USD' | 'EUR';

export interface Money {
  /** Decimal with two digits, as `1234.50`. */
  amount: string;
  currency: Currency;
}

/** Every refusal (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  next: Next;
  trace_id?: string;
  retry_after_ms?: number;
  errors?: FieldError[];
  attempts_left?: number;
}

export interface FieldError {
  field: string;
  detail: string;
}

// Router ------------------------------------------------------------------------------------

export type RouteRequest = { login: string } | { ticket: string } | { guest: object };

export interface RouteAnswer {
  block: BlockAddress;
  ticket?: string;
  notice?: string;
}

export interface BlockAddress {
  id: string;
  role: string;
  urls: { web: string; mobile: string };
}

export interface Bootstrap {
  bank: string;
  version: string;
  time_zone: string;
  languages: string[];
  guest: BlockAddress | null;
}

// Sessions ----------------------------------------------------------------------------------

export interface OpenSession {
  ticket: string;
  password: string;
  device_name: string;
}

export interface SessionOpened {
  session_id: string;
  name: string;
  opened_at: string;
  expires_at: string;
  idle_s: number;
}

export interface CodeNeeded {
  challenge_id: string;
  sent_to: string;
  sent: boolean;
  expires_at: string;
}

export interface SessionView {
  session_id: string;
  channel: string;
  device_name: string;
  opened_at: string;
  seen_at: string;
  expires_at: string;
  current: boolean;
}

// Products ----------------------------------------------------------------------------------

export type ListName =
  | 'accounts'
  | 'cards'
  | 'loans'
  | 'deposits'
  | 'insurance'
  | 'pension'
  | 'investments'
  | 'loyalty'
  | 'taxes'
  | 'subscriptions'
  | 'limits'
  | 'credit-history';

export interface Overview {
  sections: Section[];
  totals: Money[];
}

export interface Section<Item = Record<string, unknown>> {
  list: ListName;
  status: 'live' | 'unavailable';
  as_of?: string;
  items: Item[];
  message?: string;
}

export interface Account {
  account: string;
  name: string;
  /** Booked. */
  balance: Money;
  /** Booked less what is in progress. */
  available: Money;
  open: boolean;
}

export interface Card {
  id: string;
  name: string;
  last4: string;
  account: string;
  frozen: boolean;
  /** `YYYY-MM`. */
  expires: string;
}

export interface TransactionPage {
  items: Transaction[];
  next?: string;
}

export interface Transaction {
  id: string;
  booked_at: string;
  amount: Money;
  description: string;
  counterparty?: string;
  operation_id?: string;
}

// Operations --------------------------------------------------------------------------------

export type OperationKind = Terms['kind'];

export interface Payee {
  account: string;
  name?: string;
  phone?: string;
}

export type Terms =
  | { kind: 'own_transfer'; from_account: string; to_account: string; amount: Money }
  | {
      kind: 'customer_transfer';
      from_account: string;
      payee: Payee;
      amount: Money;
      fee: Money;
      message: string;
    }
  | {
      kind: 'bill_payment';
      from_account: string;
      biller_id: string;
      biller_name: string;
      reference: string;
      amount: Money;
      fee: Money;
    }
  | { kind: 'mobile_topup'; from_account: string; phone: string; amount: Money; fee: Money }
  | {
      kind: 'currency_exchange';
      from_account: string;
      to_account: string;
      sell: Money;
      buy: Money;
      rate: string;
      tolerance_bp: number;
    }
  | {
      kind: 'deposit_open';
      from_account: string;
      product_id: string;
      product_name: string;
      amount: Money;
      rate_bp: number;
      term_months: number;
    }
  | { kind: 'card_freeze'; card_id: string }
  | { kind: 'card_unfreeze'; card_id: string }
  | { kind: 'cash_code'; from_account: string; amount: Money; fee: Money };

export type PayeeDraft = { phone: string } | { account: string };

export type Draft =
  | { kind: 'own_transfer'; from_account: string; to_account: string; amount: Money }
  | {
      kind: 'customer_transfer';
      from_account: string;
      payee: PayeeDraft;
      amount: Money;
      message: string;
    }
  | {
      kind: 'bill_payment';
      from_account: string;
      biller_id: string;
      reference: string;
      amount: Money;
    }
  | { kind: 'mobile_topup'; from_account: string; phone: string; amount: Money }
  | {
      kind: 'currency_exchange';
      from_account: string;
      to_account: string;
      sell: Money;
      tolerance_bp: number;
    }
  | {
      kind: 'deposit_open';
      from_account: string;
      product_id: string;
      amount: Money;
      term_months: number;
    }
  | { kind: 'card_freeze'; card_id: string }
  | { kind: 'card_unfreeze'; card_id: string }
  | { kind: 'cash_code'; from_account: string; amount: Money };

/** To be sent back exactly as it came: its hash is the order's identity. */
export interface Intent {
  terms: Terms;
  valid_until: string;
}

export interface Review {
  intent: Intent;
  most: Money | null;
  code_needed: boolean;
  payee_check: 'found' | 'cannot_check_now' | 'not_needed';
  deferrable: boolean;
}

export interface NewOrder {
  intent: Intent;
  again?: boolean;
}

export type OperationState =
  'awaiting_confirmation' | 'pending' | 'sent' | 'executed' | 'rejected' | 'cancelled' | 'expired';

export type Shown =
  | 'waiting_for_confirmation'
  | 'received'
  | 'in_progress'
  | 'being_checked'
  | 'being_cancelled'
  | 'under_investigation'
  | 'done'
  | 'done_on_changed_terms'
  | 'declined'
  | 'cancelled'
  | 'time_ran_out';

export type RejectReason =
  | 'account_unknown'
  | 'account_closed'
  | 'insufficient_funds'
  | 'limit_exceeded'
  | 'payee_unknown'
  | 'payee_changed'
  | 'rate_moved'
  | 'fee_raised'
  | 'biller_refused'
  | 'operator_refused'
  | 'product_changed'
  | 'card_unknown'
  | 'system_refused'
  | 'not_understood';

export interface Effect {
  reference: string;
  debited?: Money;
  credited?: Money;
  fee?: Money;
  rate?: string;
  adjusted: boolean;
  foreign_reference?: string;
}

export interface Operation {
  operation_id: string;
  kind: OperationKind;
  state: OperationState;
  iso_status: string;
  durability: 'saved' | 'accepted';
  shown: Shown;
  message: string;
  cancellable: boolean;
  intent: Intent;
  most: Money | null;
  reason: RejectReason | null;
  effect: Effect | null;
  created_at: string;
  updated_at: string;
  valid_until: string;
  confirm_by: string | null;
}

/** The answer to an order: the operation, and whether a code was sent for it just now. */
export interface Ordered extends Operation {
  code_sent?: boolean;
}

export interface OperationPage {
  items: Operation[];
  next?: string;
}

export interface CashCode {
  code: string;
  expires_at: string;
  amount: Money;
}

export interface Template {
  template_id: string;
  name: string;
  terms: Terms;
  version: number;
  deleted: boolean;
  created_at: string;
}

// Reference data ----------------------------------------------------------------------------

export interface Reference<Item> {
  version: number;
  as_of: string;
  checked_at: string;
  items: Item[];
}

export interface ExchangeRate {
  sell: Currency;
  buy: Currency;
  rate: string;
}

export interface Biller {
  id: string;
  name: string;
  category: string;
  reference_name: string;
  reference_digits: number;
}

export interface Product {
  id: string;
  kind: string;
  name: string;
  currency: Currency;
  rate_bp: number;
  terms_months: number[];
  least: Money;
  most: Money;
}
