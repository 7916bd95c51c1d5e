/** The fields that forms share, and what every form is given. */
import type { FormEvent, ReactNode } from 'react';
import { GivenUp, minor } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { masked } from '../lib/format.ts';
import { Button, Field, TextField, Trouble } from '../parts/basic.tsx';

export interface FormProps {
  /** His open accounts. */
  accounts: wire.Account[];
  /** To be ordered again. */
  terms: wire.Terms | undefined;
  busy: boolean;
  error: GivenUp | undefined;
  submit: (draft: wire.Draft) => void;
}

interface FrameProps {
  busy: boolean;
  error: GivenUp | undefined;
  onSubmit: () => void;
  children: ReactNode;
}

/** A form: fields, what the bank said, one button. */
export function FormFrame({ busy, error, onSubmit, children }: FrameProps) {
  const { t } = useWords();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!busy) onSubmit();
    // The first field that cannot be is where the customer goes on.
    requestAnimationFrame(() => {
      form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    });
  };
  return (
    <form className="card stack" onSubmit={submit} noValidate>
      {children}
      {error && <Trouble error={error} />}
      <Button type="submit" look="main full" busy={busy} busyText={t.form.reviewing}>
        {t.form.review}
      </Button>
    </form>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: [string, string][];
  error?: string | undefined;
  hint?: ReactNode;
  onChoose: (value: string) => void;
  children?: ReactNode;
}

export function Select({ label, value, options, error, hint, onChoose, children }: SelectProps) {
  const { t } = useWords();
  return (
    <Field label={label} error={error} hint={hint}>
      {(ids) => (
        <select
          {...ids}
          className="input"
          value={value}
          onChange={(event) => onChoose(event.target.value)}
        >
          {value === '' && <option value="">{t.form.choose}</option>}
          {children ??
            options.map(([option, text]) => (
              <option key={option} value={option}>
                {text}
              </option>
            ))}
        </select>
      )}
    </Field>
  );
}

interface AccountProps {
  label: string;
  accounts: wire.Account[];
  value: string;
  error?: string | undefined;
  onChoose: (account: string) => void;
}

/** A list of the browser's own, under two lines that a narrow screen can show. */
export function AccountSelect({ label, accounts, value, error, onChoose }: AccountProps) {
  const { f } = useWords();
  const chosen = accounts.find(({ account }) => account === value);
  return (
    <Field label={label} error={error}>
      {(ids) => (
        <div className="picker">
          <select {...ids} value={value} onChange={(event) => onChoose(event.target.value)}>
            {accounts.map(({ account, name, available }) => (
              <option key={account} value={account}>
                {`${name} ${masked(account)} · ${f.money(available)}`}
              </option>
            ))}
          </select>
          <span className="input" aria-hidden="true">
            <span className="name">{chosen?.name}</span>
            {chosen && (
              <span className="small muted number">
                {f.money(chosen.available)} · {masked(chosen.account)}
              </span>
            )}
          </span>
        </div>
      )}
    </Field>
  );
}

interface AmountProps {
  label?: string;
  value: string;
  account: wire.Account | undefined;
  error?: string | undefined;
  hint?: ReactNode;
  onText: (text: string) => void;
}

export function AmountField({ label, value, account, error, hint, onText }: AmountProps) {
  const { t } = useWords();
  return (
    <TextField
      label={label ?? t.form.amount}
      value={value}
      onText={onText}
      className="large"
      inputMode="decimal"
      autoComplete="off"
      name="amount"
      error={error}
      hint={hint}
      affix={<span className="sum">{account ? SIGNS[account.balance.currency] : ''}</span>}
    />
  );
}

const SIGNS: Record<wire.Currency, string> = { RUB: '₽', USD: '$', EUR: '€' };

/** More than there is? The bank decides; this only saves a way. */
export function tooMuch(amount: wire.Money, account: wire.Account): boolean {
  return minor(amount) > minor(account.available);
}

/** What the bank said about a field. */
export function fieldError(error: GivenUp | undefined, field: string): string | undefined {
  return error?.problem?.errors?.find((fault) => fault.field.endsWith(field))?.detail;
}
