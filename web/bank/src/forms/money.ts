/** The state of an amount and the account that pays it. */
import { useState } from 'react';
import { parseAmount } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { amountOf } from '../lib/terms.ts';
import { tooMuch } from './fields.tsx';
import type { FormProps } from './fields.tsx';

/** Which account pays how much; `payers` are those that can. */
export function usePayment(payers: wire.Account[], { terms }: FormProps) {
  const { t } = useWords();
  const before = terms && 'from_account' in terms ? terms.from_account : undefined;
  const kept = payers.find(({ account }) => account === before) ?? payers[0];
  const [from, setFrom] = useState(kept?.account ?? '');
  const amountBefore = terms && amountOf(terms)?.amount;
  const [typed, setTyped] = useState(amountBefore ?? '');
  const [tried, setTried] = useState(false);
  const account = payers.find(({ account }) => account === from);
  const amount = account && parseAmount(typed, account.balance.currency);
  let error: string | undefined;
  if (!amount) error = t.form.errors.amount;
  else if (account && tooMuch(amount, account)) error = t.form.errors.tooMuch;
  return {
    from,
    setFrom,
    typed,
    setTyped,
    account,
    /** Only if it can be. */
    amount: error === undefined ? amount : undefined,
    error: tried ? error : undefined,
    tried,
    /** From now on mistakes are shown. */
    look: () => setTried(true),
  };
}
