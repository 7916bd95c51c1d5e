/** How money, times and numbers are written. Amounts go to `Intl` as text, never as floats. */
import type { wire } from '@bulkhead/api-client';

export type Language = 'en' | 'ru';

const LOCALES: Record<Language, string> = { en: 'en-GB', ru: 'ru-RU' };

export interface Format {
  language: Language;
  money: (money: wire.Money) => string;
  /** With its sign, for what came in and went out. */
  change: (money: wire.Money) => string;
  /** The same in parts, so that the minor units can be set smaller. */
  parts: (money: wire.Money) => Intl.NumberFormatPart[];
  number: (value: number) => string;
  /** A share in basis points, as `13 %`. */
  percent: (basisPoints: number) => string;
  /** A rate on the wire, the larger unit first: `1 EUR = 101.77 RUB`. */
  rate: (sell: wire.Currency, buy: wire.Currency, rate: string) => string;
  time: (at: string) => string;
  /** The time of day to the second, of milliseconds. */
  seconds: (at: number) => string;
  day: (at: string) => string;
  dayTime: (at: string) => string;
  /** A month of the wire, `2028-08`, as `08/28`. */
  expiry: (month: string) => string;
  /** The day as a heading: today, yesterday or the date. */
  dayOf: (at: string, words: { today: string; yesterday: string }, now?: number) => string;
}

/** Amounts are decimal text, which `Intl` takes exactly. */
const exact = (money: wire.Money) => money.amount as Intl.StringNumericLiteral;

export function format(language: Language, timeZone: string): Format {
  const locale = LOCALES[language];
  const currencies = new Map<string, Intl.NumberFormat>();
  const currency = (code: string, signDisplay: 'auto' | 'exceptZero') => {
    const key = `${code} ${signDisplay}`;
    let made = currencies.get(key);
    if (!made) {
      made = new Intl.NumberFormat(locale, {
        style: 'currency',
        currency: code,
        currencyDisplay: 'narrowSymbol',
        signDisplay,
      });
      currencies.set(key, made);
    }
    return made;
  };
  const date = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (at: string) => made.format(new Date(at));
  };
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
  const rate = new Intl.NumberFormat(locale, {
    minimumSignificantDigits: 4,
    maximumSignificantDigits: 6,
  });
  const time = date({ hour: '2-digit', minute: '2-digit' });
  const seconds = date({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const day = date({ day: 'numeric', month: 'long', year: 'numeric' });
  const short = date({ day: 'numeric', month: 'long' });
  const key = date({ day: '2-digit', month: '2-digit', year: 'numeric' });
  return {
    language,
    money: (money) => currency(money.currency, 'auto').format(exact(money)),
    change: (money) => {
      const text = currency(money.currency, 'exceptZero').format(exact(money));
      return text.replace('-', '−');
    },
    parts: (money) => currency(money.currency, 'auto').formatToParts(exact(money)),
    number: (value) => number.format(value),
    percent: (basisPoints) => percent.format(basisPoints / 10_000),
    rate: (sell, buy, text) => {
      // To be looked at only: what is bought is computed by the bank.
      const each = Number(text);
      if (each >= 1) return `1 ${sell} = ${rate.format(each)} ${buy}`;
      return `1 ${buy} ≈ ${rate.format(Number((1 / each).toFixed(2)))} ${sell}`;
    },
    time,
    seconds: (at) => seconds(new Date(at).toISOString()),
    day,
    dayTime: date({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
    expiry: (month) => `${month.slice(5, 7)}/${month.slice(2, 4)}`,
    dayOf: (at, words, now = Date.now()) => {
      const of = key(at);
      if (of === key(new Date(now).toISOString())) return words.today;
      if (of === key(new Date(now - 86_400_000).toISOString())) return words.yesterday;
      const sameYear = of.slice(-4) === key(new Date(now).toISOString()).slice(-4);
      return sameYear ? short(at) : day(at);
    },
  };
}

/** All but the last four digits hidden. */
export function masked(number: string): string {
  return `•• ${number.slice(-4)}`;
}

/** A phone number in groups, where it is a Russian one. */
export function phone(number: string): string {
  const match = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
  return match ? `+7 ${match[1]} ${match[2]}-${match[3]}-${match[4]}` : number;
}

/** An account number in groups of four. */
export function grouped(account: string): string {
  return account.replace(/(\d{4})(?=\d)/g, '$1 ');
}
