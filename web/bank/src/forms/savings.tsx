/** Exchange between own accounts, and term deposits. */
import { useState } from 'react';
import { currencyOf, minor, money, parseAmount } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { Notice, Trouble } from '../parts/basic.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';
import { AccountSelect, AmountField, FormFrame, Select, fieldError } from './fields.tsx';
import type { FormProps } from './fields.tsx';
import { usePayment } from './money.ts';

const RATES_MS = 10_000;
/** How far the rate may fall, in basis points. */
const TOLERANCES = [0, 50, 100, 300];

export function CurrencyExchange(props: FormProps) {
  const { t, f } = useWords();
  const { bank } = useSession();
  const { accounts, terms, busy, error, submit } = props;
  const rates = useLoad((signal) => bank.rates(signal), [], RATES_MS);
  const pay = usePayment(accounts, props);
  const before = terms?.kind === 'currency_exchange' ? terms : undefined;
  const [to, setTo] = useState(before?.to_account ?? '');
  const [tolerance, setTolerance] = useState(String(before?.tolerance_bp ?? 100));
  const sell = pay.account?.balance.currency;
  const targets = accounts.filter(({ balance }) => balance.currency !== sell);
  const chosen = targets.find(({ account }) => account === to) ?? targets[0];
  const buy = chosen && currencyOf(chosen.account);
  const rate = rates.data?.items.find((rate) => rate.sell === sell && rate.buy === buy)?.rate;
  const about = pay.amount && rate && buy ? exchanged(pay.amount, rate, buy) : undefined;
  const send = () => {
    pay.look();
    if (!pay.amount || !chosen) return;
    submit({
      kind: 'currency_exchange',
      from_account: pay.from,
      to_account: chosen.account,
      sell: pay.amount,
      tolerance_bp: Number(tolerance),
    });
  };
  const words = (bp: number): [string, string] => [
    String(bp),
    bp === 0 ? t.form.tolerance0 : t.form.toleranceUpTo(f.percent(bp)),
  ];
  return (
    <FormFrame busy={busy} error={error} onSubmit={send}>
      <AccountSelect
        label={t.form.from}
        accounts={accounts}
        value={pay.from}
        onChoose={pay.setFrom}
      />
      {chosen ? (
        <AccountSelect
          label={t.form.to}
          accounts={targets}
          value={chosen.account}
          error={fieldError(error, 'to_account')}
          onChoose={setTo}
        />
      ) : (
        <Notice>{t.form.noOther}</Notice>
      )}
      <AmountField
        label={t.form.sell}
        value={pay.typed}
        account={pay.account}
        error={pay.error}
        hint={about && t.form.about(f.money(about))}
        onText={pay.setTyped}
      />
      {rate && sell && buy && (
        <p className="notice number">{t.form.rateNow(f.rate(sell, buy, rate))}</p>
      )}
      <Select
        label={t.form.tolerance}
        value={tolerance}
        options={TOLERANCES.map(words)}
        onChoose={setTolerance}
      />
    </FormFrame>
  );
}

/** What an amount gives at a rate, to be looked at: the bank computes it again. */
function exchanged(sell: wire.Money, rate: string, buy: wire.Currency): wire.Money {
  const [whole = '0', fraction = ''] = rate.split('.');
  const millionths = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
  return money((minor(sell) * millionths) / 1_000_000n, buy);
}

export function DepositOpen(props: FormProps) {
  const { bank } = useSession();
  const products = useLoad((signal) => bank.products(signal), []);
  if (products.error && !products.data) {
    return <Trouble error={products.error} retry={products.reload} />;
  }
  if (!products.data) return <Skeleton lines={3} />;
  const held = new Set(props.accounts.map(({ balance }) => balance.currency));
  const deposits = products.data.items.filter(
    ({ kind, currency }) => kind === 'deposit' && held.has(currency),
  );
  return <Deposit {...props} deposits={deposits} />;
}

function Deposit(props: FormProps & { deposits: wire.Product[] }) {
  const { t, f } = useWords();
  const { deposits, terms, busy, error, submit } = props;
  const before = terms?.kind === 'deposit_open' ? terms : undefined;
  const [id, setId] = useState(before?.product_id ?? deposits[0]?.id ?? '');
  const deposit = deposits.find((deposit) => deposit.id === id) ?? deposits[0];
  const [term, setTerm] = useState(String(before?.term_months ?? ''));
  const payers = props.accounts.filter(({ balance }) => balance.currency === deposit?.currency);
  const pay = usePayment(payers, props);
  const account = pay.account ?? payers[0];
  if (!deposit || !account) return <Notice>{t.form.noAccounts}</Notice>;
  const offered = deposit.terms_months.map(String);
  const months = offered.includes(term) ? term : (offered[0] ?? '');
  const send = () => {
    pay.look();
    const amount = parseAmount(pay.typed, deposit.currency);
    if (!amount) return;
    submit({
      kind: 'deposit_open',
      from_account: account.account,
      product_id: deposit.id,
      amount,
      term_months: Number(months),
    });
  };
  return (
    <FormFrame busy={busy} error={error} onSubmit={send}>
      <Select
        label={t.form.deposit}
        value={deposit.id}
        options={deposits.map(({ id, name, rate_bp }) => [
          id,
          `${name} · ${t.terms.aYear(f.percent(rate_bp))}`,
        ])}
        hint={t.form.bounds(f.money(deposit.least), f.money(deposit.most))}
        onChoose={setId}
      />
      <Select
        label={t.form.term}
        value={months}
        options={offered.map((months) => [months, t.form.months(Number(months))])}
        onChoose={setTerm}
      />
      <AccountSelect
        label={t.form.from}
        accounts={payers}
        value={account.account}
        onChoose={pay.setFrom}
      />
      <AmountField
        value={pay.typed}
        account={account}
        error={fieldError(error, 'amount') ?? (pay.account ? pay.error : undefined)}
        onText={pay.setTyped}
      />
    </FormFrame>
  );
}
