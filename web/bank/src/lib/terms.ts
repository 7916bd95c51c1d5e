/** Terms in words: one line for lists, lines for a review or a receipt. */
import type { wire } from '@bulkhead/api-client';
import type { Texts } from '../i18n/en.ts';
import type { IconName } from '../parts/icons.tsx';
import { grouped, masked, phone } from './format.ts';
import type { Format } from './format.ts';

export const KIND_ICONS: Record<wire.OperationKind, IconName> = {
  own_transfer: 'wallet',
  customer_transfer: 'person',
  bill_payment: 'bill',
  mobile_topup: 'phone',
  currency_exchange: 'exchange',
  deposit_open: 'deposit',
  card_freeze: 'snow',
  card_unfreeze: 'card',
  cash_code: 'cash',
};

/** What leaves the account before fees; nothing where no money moves. */
export function amountOf(terms: wire.Terms): wire.Money | undefined {
  switch (terms.kind) {
    case 'card_freeze':
    case 'card_unfreeze':
      return undefined;
    case 'currency_exchange':
      return terms.sell;
    default:
      return terms.amount;
  }
}

/** Whom or what it is for. */
export function forWhom(terms: wire.Terms): string {
  switch (terms.kind) {
    case 'customer_transfer':
      return terms.payee.name ?? masked(terms.payee.account);
    case 'bill_payment':
      return terms.biller_name;
    case 'mobile_topup':
      return phone(terms.phone);
    case 'own_transfer':
    case 'currency_exchange':
      return masked(terms.to_account);
    case 'deposit_open':
      return terms.product_name;
    case 'cash_code':
      return masked(terms.from_account);
    case 'card_freeze':
    case 'card_unfreeze':
      return '';
  }
}

/** The title of a line in a list. */
export function headline(t: Texts, terms: wire.Terms): string {
  switch (terms.kind) {
    case 'customer_transfer':
    case 'bill_payment':
    case 'mobile_topup':
    case 'deposit_open':
      return forWhom(terms);
    default:
      return t.kinds[terms.kind];
  }
}

type Row = [string, string];

/** Everything that is confirmed, line by line. `names` are what he calls his own accounts. */
export function rows(t: Texts, f: Format, terms: wire.Terms, names: Map<string, string>): Row[] {
  const own = (account: string) => {
    const name = names.get(account);
    return name ? `${name} ${masked(account)}` : masked(account);
  };
  const fee = (money: wire.Money): Row => [
    t.review.fee,
    Number(money.amount) === 0 ? t.review.noFee : f.money(money),
  ];
  switch (terms.kind) {
    case 'own_transfer':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.to, own(terms.to_account)],
        [t.terms.amount, f.money(terms.amount)],
      ];
    case 'customer_transfer':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.to, terms.payee.name ?? t.review.noName],
        ...(terms.payee.phone ? [[t.terms.phone, phone(terms.payee.phone)] as Row] : []),
        [t.account.number, grouped(terms.payee.account)],
        [t.terms.amount, f.money(terms.amount)],
        fee(terms.fee),
        ...(terms.message ? [[t.terms.message, terms.message] as Row] : []),
      ];
    case 'bill_payment':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.biller, terms.biller_name],
        [t.terms.reference, terms.reference],
        [t.terms.amount, f.money(terms.amount)],
        fee(terms.fee),
      ];
    case 'mobile_topup':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.phone, phone(terms.phone)],
        [t.terms.amount, f.money(terms.amount)],
        fee(terms.fee),
      ];
    case 'currency_exchange':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.to, own(terms.to_account)],
        [t.terms.sell, f.money(terms.sell)],
        [t.terms.buy, f.money(terms.buy)],
        [t.terms.rate, f.rate(terms.sell.currency, terms.buy.currency, terms.rate)],
        [t.terms.tolerance, f.percent(terms.tolerance_bp)],
      ];
    case 'deposit_open':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.product, terms.product_name],
        [t.terms.interest, t.terms.aYear(f.percent(terms.rate_bp))],
        [t.terms.term, t.form.months(terms.term_months)],
        [t.terms.amount, f.money(terms.amount)],
      ];
    case 'cash_code':
      return [
        [t.terms.from, own(terms.from_account)],
        [t.terms.amount, f.money(terms.amount)],
        fee(terms.fee),
      ];
    case 'card_freeze':
    case 'card_unfreeze':
      return [[t.terms.card, names.get(terms.card_id) ?? terms.card_id]];
  }
}

export type Look = 'good' | 'warn' | 'bad' | 'quiet';

/** State by word, shape and colour. */
export function look(shown: wire.Shown): { look: Look; icon: IconName } {
  switch (shown) {
    case 'done':
    case 'done_on_changed_terms':
      return { look: 'good', icon: 'check' };
    case 'waiting_for_confirmation':
    case 'received':
    case 'in_progress':
    case 'being_cancelled':
      return { look: 'warn', icon: 'clock' };
    case 'being_checked':
    case 'under_investigation':
      return { look: 'warn', icon: 'question' };
    case 'declined':
    case 'time_ran_out':
      return { look: 'bad', icon: 'cross' };
    case 'cancelled':
      return { look: 'quiet', icon: 'cross' };
  }
}

const FINAL: wire.OperationState[] = ['executed', 'rejected', 'cancelled', 'expired'];

export function isFinal(operation: wire.Operation): boolean {
  return FINAL.includes(operation.state);
}
