/** Transfers between own accounts and to another customer. */
import { useState } from 'react';
import { useWords } from '../i18n/index.tsx';
import { parsePayee } from '../lib/payee.ts';
import { Link, Notice, TextField } from '../parts/basic.tsx';
import { AccountSelect, AmountField, FormFrame, fieldError } from './fields.tsx';
import type { FormProps } from './fields.tsx';
import { usePayment } from './money.ts';

export function OwnTransfer(props: FormProps) {
  const { t } = useWords();
  const { accounts, terms, busy, error, submit } = props;
  const pay = usePayment(accounts, props);
  const before = terms?.kind === 'own_transfer' ? terms.to_account : '';
  const [to, setTo] = useState(before);
  const currency = pay.account?.balance.currency;
  const targets = accounts.filter(
    ({ account, balance }) => account !== pay.from && balance.currency === currency,
  );
  const chosen = targets.find(({ account }) => account === to) ?? targets[0];
  const send = () => {
    pay.look();
    if (!pay.amount || !chosen) return;
    const { from, amount } = pay;
    submit({ kind: 'own_transfer', from_account: from, to_account: chosen.account, amount });
  };
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
        <Notice>
          <span>{t.form.noSecond}</span>
          {accounts.length > 1 && <Link to="/pay/currency_exchange">{t.form.toExchange}</Link>}
        </Notice>
      )}
      <AmountField
        value={pay.typed}
        account={pay.account}
        error={pay.error ?? fieldError(error, 'amount')}
        onText={pay.setTyped}
      />
    </FormFrame>
  );
}

export function CustomerTransfer(props: FormProps) {
  const { t } = useWords();
  const { accounts, terms, busy, error, submit } = props;
  const pay = usePayment(accounts, props);
  const before = terms?.kind === 'customer_transfer' ? terms : undefined;
  const [payee, setPayee] = useState(before?.payee.phone ?? before?.payee.account ?? '');
  const [message, setMessage] = useState(before?.message ?? '');
  const found = parsePayee(payee);
  const send = () => {
    pay.look();
    if (!pay.amount || !found) return;
    const { from, amount } = pay;
    submit({
      kind: 'customer_transfer',
      from_account: from,
      payee: found,
      amount,
      message: message.trim(),
    });
  };
  const unread = pay.tried && !found ? t.form.errors.payee : undefined;
  return (
    <FormFrame busy={busy} error={error} onSubmit={send}>
      <TextField
        label={t.form.payee}
        value={payee}
        onText={setPayee}
        inputMode="tel"
        autoComplete="off"
        name="payee"
        hint={t.form.payeeHint}
        error={unread ?? fieldError(error, 'payee.account')}
      />
      <AccountSelect
        label={t.form.from}
        accounts={accounts}
        value={pay.from}
        onChoose={pay.setFrom}
      />
      <AmountField
        value={pay.typed}
        account={pay.account}
        error={pay.error ?? fieldError(error, 'amount')}
        onText={pay.setTyped}
      />
      <TextField
        label={`${t.form.message} (${t.common.optional})`}
        value={message}
        onText={setMessage}
        maxLength={140}
        name="message"
        autoComplete="off"
        error={fieldError(error, 'message')}
      />
    </FormFrame>
  );
}
