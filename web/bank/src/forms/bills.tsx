/** Bills, phones, cash. */
import { useState } from 'react';
import { minor } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { parsePhone } from '../lib/payee.ts';
import { Notice, TextField, Trouble } from '../parts/basic.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';
import { AccountSelect, AmountField, FormFrame, Select, fieldError } from './fields.tsx';
import type { FormProps } from './fields.tsx';
import { usePayment } from './money.ts';

/** These are paid in roubles. */
function inRoubles(accounts: wire.Account[]): wire.Account[] {
  return accounts.filter(({ balance }) => balance.currency === 'RUB');
}

export function BillPayment(props: FormProps) {
  const { bank } = useSession();
  const billers = useLoad((signal) => bank.billers(signal), []);
  if (billers.error && !billers.data) {
    return <Trouble error={billers.error} retry={billers.reload} />;
  }
  if (!billers.data) return <Skeleton lines={3} />;
  return <Bill {...props} billers={billers.data.items} />;
}

function Bill(props: FormProps & { billers: wire.Biller[] }) {
  const { t } = useWords();
  const { billers, terms, busy, error, submit } = props;
  const payers = inRoubles(props.accounts);
  const pay = usePayment(payers, props);
  const before = terms?.kind === 'bill_payment' ? terms : undefined;
  const [id, setId] = useState(before?.biller_id ?? '');
  const [reference, setReference] = useState(before?.reference ?? '');
  const biller = billers.find((biller) => biller.id === id);
  const digits = reference.replace(/\s/g, '');
  const wrong = biller && !new RegExp(`^\\d{${biller.reference_digits}}$`).test(digits);
  const send = () => {
    pay.look();
    if (!pay.amount || !biller || wrong) return;
    const { from, amount } = pay;
    submit({
      kind: 'bill_payment',
      from_account: from,
      biller_id: biller.id,
      reference: digits,
      amount,
    });
  };
  const categories = [...new Set(billers.map(({ category }) => category))];
  return (
    <FormFrame busy={busy} error={error} onSubmit={send}>
      <Select
        label={t.form.biller}
        value={id}
        options={[]}
        error={pay.tried && !biller ? t.form.errors.choose : undefined}
        onChoose={setId}
      >
        {categories.map((category) => (
          <optgroup key={category} label={t.form.categories[category] ?? category}>
            {billers
              .filter((biller) => biller.category === category)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </optgroup>
        ))}
      </Select>
      {biller && (
        <TextField
          label={biller.reference_name}
          value={reference}
          onText={setReference}
          inputMode="numeric"
          autoComplete="off"
          name="reference"
          hint={t.form.digits(biller.reference_digits)}
          error={
            pay.tried && wrong
              ? t.form.errors.reference(biller.reference_digits)
              : fieldError(error, 'reference')
          }
        />
      )}
      <AccountSelect
        label={t.form.from}
        accounts={payers}
        value={pay.from}
        onChoose={pay.setFrom}
      />
      <AmountField
        value={pay.typed}
        account={pay.account}
        error={pay.error}
        onText={pay.setTyped}
      />
    </FormFrame>
  );
}

export function MobileTopup(props: FormProps) {
  const { t } = useWords();
  const { terms, busy, error, submit } = props;
  const payers = inRoubles(props.accounts);
  const pay = usePayment(payers, props);
  const [typed, setTyped] = useState(terms?.kind === 'mobile_topup' ? terms.phone : '');
  const phone = parsePhone(typed);
  const send = () => {
    pay.look();
    if (!pay.amount || !phone) return;
    submit({ kind: 'mobile_topup', from_account: pay.from, phone, amount: pay.amount });
  };
  return (
    <FormFrame busy={busy} error={error} onSubmit={send}>
      <TextField
        label={t.form.phone}
        value={typed}
        onText={setTyped}
        type="tel"
        autoComplete="tel"
        name="phone"
        error={pay.tried && !phone ? t.form.errors.phone : fieldError(error, 'phone')}
      />
      <AccountSelect
        label={t.form.from}
        accounts={payers}
        value={pay.from}
        onChoose={pay.setFrom}
      />
      <AmountField
        value={pay.typed}
        account={pay.account}
        error={pay.error}
        onText={pay.setTyped}
      />
    </FormFrame>
  );
}

export function CashCode(props: FormProps) {
  const { t } = useWords();
  const { busy, error, submit } = props;
  const payers = inRoubles(props.accounts);
  const pay = usePayment(payers, props);
  const whole = pay.amount && minor(pay.amount) % 10_000n === 0n;
  const send = () => {
    pay.look();
    if (!pay.amount || !whole) return;
    submit({ kind: 'cash_code', from_account: pay.from, amount: pay.amount });
  };
  const uneven = pay.tried && pay.amount && !whole ? t.form.errors.hundreds : undefined;
  return (
    <FormFrame busy={busy} error={error} onSubmit={send}>
      {payers.length === 0 && <Notice>{t.form.noAccounts}</Notice>}
      <AccountSelect
        label={t.form.from}
        accounts={payers}
        value={pay.from}
        onChoose={pay.setFrom}
      />
      <AmountField
        value={pay.typed}
        account={pay.account}
        error={pay.error ?? uneven}
        hint={t.form.hundreds}
        onText={pay.setTyped}
      />
    </FormFrame>
  );
}
