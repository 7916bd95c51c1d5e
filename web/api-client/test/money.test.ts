import { describe, expect, it } from 'vitest';
import { currencyOf, minor, money, parseAmount } from '../src/index.ts';

describe('what people type', () => {
  const cases: [string, string | undefined][] = [
    ['100', '100.00'],
    ['100,5', '100.50'],
    ['100.50', '100.50'],
    ['1 234,50', '1234.50'],
    ['1\u00a0234.5', '1234.50'],
    ['1,234.50', '1234.50'],
    ['1.234,50', '1234.50'],
    ['12,345', '12345.00'],
    ['0', undefined],
    ['0,00', undefined],
    ['-5', undefined],
    ['1.234.5678', undefined],
    ['12,345,6789', undefined],
    ['ten', undefined],
    ['', undefined],
    ['99999999999999999', undefined],
  ];
  it.each(cases)('%s', (typed, amount) => {
    expect(parseAmount(typed, 'RUB')?.amount).toBe(amount);
  });
});

it('counts in minor units and back', () => {
  for (const amount of ['0.00', '0.05', '-0.05', '12.30', '-1234567890123.45']) {
    expect(money(minor({ amount, currency: 'EUR' }), 'EUR').amount).toBe(amount);
  }
});

it('reads the currency of an account', () => {
  expect(currencyOf('40817810000000000001')).toBe('RUB');
  expect(currencyOf('40817978000000000001')).toBe('EUR');
  expect(currencyOf('40817000000000000001')).toBeUndefined();
});
