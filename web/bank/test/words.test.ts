/** The two dictionaries, and what people type for a person. */
import { expect, it } from 'vitest';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { en } from '../src/i18n/en.ts';
import { message, refusal } from '../src/i18n/index.tsx';
import { ru } from '../src/i18n/ru.ts';
import { deviceName } from '../src/lib/device.ts';
import { byDay, merge } from '../src/lib/pages.ts';
import { loginAsTyped, parsePayee } from '../src/lib/payee.ts';

it('knows the same refusals in both languages', () => {
  expect(Object.keys(ru.problems.codes)).toEqual(Object.keys(en.problems.codes));
});

it('counts months in Russian', () => {
  const written = [1, 3, 6, 12, 21, 24, 36].map(ru.form.months);
  expect(written).toEqual([
    '1 месяц',
    '3 месяца',
    '6 месяцев',
    '12 месяцев',
    '21 месяц',
    '24 месяца',
    '36 месяцев',
  ]);
});

it('says a refusal with a short code for support', () => {
  const problem = { code: 'insufficient-funds', trace_id: '0123456789abcdef' } as wire.Problem;
  const said = refusal(en, new GivenUp('ask', problem));
  expect(said.title).toBe('There is not enough money on the account.');
  expect(said.support).toBe('01234567');
  expect(refusal(en, new GivenUp('unreachable')).title).toBe('The bank cannot be reached.');
  const unknown = { code: 'never-heard-of' } as wire.Problem;
  expect(refusal(ru, new GivenUp('stop', unknown)).title).toBe('Банк это не принял.');
});

it('says what became of an operation without saying it twice', () => {
  const of = (shown: wire.Shown, text: string, reason: wire.RejectReason | null = null) =>
    ({ shown, message: text, reason }) as wire.Operation;
  const declined = of('declined', 'Declined. The money stays with you. Too much.', 'rate_moved');
  expect(message('en', declined)).toBe('The money stays with you. Too much.');
  expect(message('ru', declined)).toMatch(/^Деньги остались у вас\. Курс/);
  expect(message('en', of('done', 'Done.'))).toBe('');
  const parked = 'Under investigation by the bank. Do not repeat it.';
  expect(message('en', of('under_investigation', parked))).toBe(parked);
  expect(message('ru', of('done', 'Done.'))).toBe('');
});

it('reads phones and accounts', () => {
  const cases: [string, wire.PayeeDraft | undefined][] = [
    ['+7 900 123-45-67', { phone: '+79001234567' }],
    ['8 (900) 123 45 67', { phone: '+79001234567' }],
    ['9001234567', { phone: '+79001234567' }],
    ['+49 151 12345678', { phone: '+4915112345678' }],
    ['4081 7810 0000 0000 1001', { account: '40817810000000001001' }],
    ['4081', undefined],
    ['Anna', undefined],
  ];
  for (const [typed, payee] of cases) expect(parsePayee(typed), typed).toEqual(payee);
  expect(loginAsTyped(' Anna.Petrova1 ')).toBe('anna.petrova1');
  expect(loginAsTyped('8 900 123-45-67')).toBe('+79001234567');
});

it('names a browser for the list of sessions', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';
  expect(deviceName(chrome)).toBe('Chrome, Linux');
  expect(deviceName('something else')).toBe('Browser');
});

it('puts pages together', () => {
  const id = (item: { id: number }) => String(item.id);
  const known = [{ id: 2 }, { id: 1 }];
  expect(merge([{ id: 3 }, { id: 2 }], known, id).map(({ id }) => id)).toEqual([3, 2, 1]);
  const groups = byDay([1, 1, 2, 1], (n) => `day ${n}`);
  expect(groups.map(([day, items]) => [day, items.length])).toEqual([
    ['day 1', 2],
    ['day 2', 1],
    ['day 1', 1],
  ]);
});
