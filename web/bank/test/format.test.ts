/** How things are written, in both languages. */
import { describe, expect, it } from 'vitest';
import { format, grouped, masked, phone } from '../src/lib/format.ts';

const rub = (amount: string) => ({ amount, currency: 'RUB' as const });
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const ZONE = 'Europe/Moscow';

describe('money is exact', () => {
  const cases: ['en' | 'ru', string, string][] = [
    ['en', '1234.50', '₽1,234.50'],
    ['ru', '1234.50', '1 234,50 ₽'],
    ['en', '0.10', '₽0.10'],
    ['en', '-0.05', '-₽0.05'],
    ['ru', '9999999999999.99', '9 999 999 999 999,99 ₽'],
    ['en', '90071992547409.93', '₽90,071,992,547,409.93'],
  ];
  it.each(cases)('%s %s', (language, amount, written) => {
    expect(plain(format(language, ZONE).money(rub(amount)))).toBe(written);
  });

  it('shows what came in with its sign', () => {
    const { change } = format('en', ZONE);
    expect(change(rub('5.00'))).toBe('+₽5.00');
    expect(change(rub('-5.00'))).toBe('−₽5.00');
  });
});

it('writes rates and shares', () => {
  const { rate, percent } = format('en', ZONE);
  expect(rate('USD', 'RUB', '91.230836')).toBe('1 USD = 91.2308 RUB');
  expect(rate('RUB', 'USD', '0.010798')).toBe('1 USD ≈ 92.61 RUB');
  expect(percent(1300)).toBe('13%');
  expect(percent(50)).toBe('0.5%');
});

describe('times are those of the bank', () => {
  const { time, dayOf, expiry } = format('en', ZONE);
  const words = { today: 'Today', yesterday: 'Yesterday' };
  const now = Date.parse('2026-11-20T21:30:00Z');

  it('whatever the device thinks', () => {
    expect(time('2026-11-20T21:30:00Z')).toBe('00:30');
    expect(expiry('2028-08')).toBe('08/28');
  });
  const days: [string, string][] = [
    ['2026-11-20T21:00:00Z', 'Today'],
    ['2026-11-20T20:59:59Z', 'Yesterday'],
    ['2026-11-18T12:00:00Z', '18 November'],
    ['2025-11-18T12:00:00Z', '18 November 2025'],
  ];
  it.each(days)('%s', (at, day) => expect(dayOf(at, words, now)).toBe(day));
});

it('hides and groups numbers', () => {
  expect(masked('40817810000000001001')).toBe('•• 1001');
  expect(grouped('40817810000000001001')).toBe('4081 7810 0000 0000 1001');
  expect(phone('+79001234567')).toBe('+7 900 123-45-67');
  expect(phone('+4915112345678')).toBe('+4915112345678');
});
