/** Amounts without floats: whole minor units, as the bank counts. Each currency has two digits. */
import type { Currency, Money } from './wire.ts';

/** Minor units of an amount on the wire. */
export function minor({ amount }: Money): bigint {
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.');
  const units = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0').slice(0, 2));
  return amount.startsWith('-') ? -units : units;
}

/** An amount for the wire. */
export function money(units: bigint, currency: Currency): Money {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(3, '0');
  return { amount: `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`, currency };
}

/**
 * What a person typed: `1 234,5`, `1,234.50`, `1234`. Nothing if it is not a positive amount.
 * A last comma or point with one or two digits behind it separates the minor units.
 */
export function parseAmount(typed: string, currency: Currency): Money | undefined {
  const bare = typed.replace(/[\s\u00a0\u202f']/g, '');
  const match = /^(\d{1,3}(?:[.,]?\d{3})*|\d+)(?:[.,](\d{1,2}))?$/.exec(bare);
  if (!match) return undefined;
  const whole = (match[1] ?? '').replace(/[.,]/g, '');
  const units = BigInt(whole) * 100n + BigInt((match[2] ?? '').padEnd(2, '0'));
  if (units <= 0n || units > 1_000_000_000_000_000n) return undefined;
  return money(units, currency);
}

const DIGITS: Record<string, Currency> = { '810': 'RUB', '840': 'USD', '978': 'EUR' };

/** Digits 6–8 of an account number say in which currency it is held. */
export function currencyOf(account: string): Currency | undefined {
  return DIGITS[account.slice(5, 8)];
}
