/** Six digits from a message: typed, pasted or offered by the device; another one after a while. */
import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useCountdown } from '../lib/load.ts';
import { Button, Notice, TextField, Trouble } from './basic.tsx';
import { Patience } from './waiting.tsx';

/** A code that was sent just now is given this long to arrive. */
const RESEND_S = 30;
const DIGITS = 6;

interface Props {
  submitText: string;
  busyText: string;
  enter: (code: string) => Promise<void>;
  resend: () => Promise<unknown>;
  /** Was one sent just now? */
  sent: boolean;
}

export function CodeForm({ submitText, busyText, enter, resend, sent }: Props) {
  const { t } = useWords();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<GivenUp>();
  const [round, setRound] = useState(0);
  const [resending, setResending] = useState(false);
  /** Was another code the last thing that was asked for? */
  const [resent, setResent] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const left = useCountdown(sent || round > 0 ? RESEND_S : 0, round);
  const focus = () => form.current?.querySelector('input')?.focus();
  useEffect(focus, []);

  const send = (digits: string) => {
    if (busy) return;
    setBusy(true);
    setResent(false);
    setError(undefined);
    enter(digits)
      .catch((reason: unknown) => {
        setError(asGivenUp(reason));
        setCode('');
        focus();
      })
      .finally(() => setBusy(false));
  };
  const typed = (text: string) => {
    const digits = text.replace(/\D/g, '').slice(0, DIGITS);
    setCode(digits);
    if (digits.length === DIGITS && code.length < DIGITS) send(digits);
  };
  const another = () => {
    if (resending) return;
    setResending(true);
    setResent(true);
    setError(undefined);
    setCode('');
    resend()
      .then(() => setRound((n) => n + 1))
      .catch((reason: unknown) => setError(asGivenUp(reason)))
      .finally(() => setResending(false));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.length === DIGITS) send(code);
  };
  const attempts = error?.problem?.attempts_left;
  // Neither an answer nor a refusal came: what was asked for may have been done.
  const lost = error?.because === 'unknown' && !error.problem;
  return (
    <form className="stack" onSubmit={submit} noValidate ref={form}>
      {lost && (
        <Notice look="warn" urgent>
          <strong>{t.login.codeLost}</strong>
          <span>{resent ? t.login.resendLostAdvice : t.login.codeLostAdvice}</span>
        </Notice>
      )}
      {error && !lost && (
        <Trouble error={error}>
          {attempts !== undefined && <span>{t.operation.attempts(attempts)}</span>}
        </Trouble>
      )}
      <TextField
        label={t.login.code}
        value={code}
        onText={typed}
        className="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="\d*"
        name="code"
      />
      <Button type="submit" look="main full" busy={busy} busyText={busyText}>
        {submitText}
      </Button>
      {busy && <Patience />}
      <span role="status" className={round > 0 ? 'small' : 'hidden'}>
        {round > 0 && t.login.resent}
      </span>
      {left > 0 ? (
        <p className="small muted number">{t.login.resendIn(left)}</p>
      ) : (
        <Button look="plain" busy={resending} onClick={another}>
          {t.login.resend}
        </Button>
      )}
    </form>
  );
}

function asGivenUp(reason: unknown): GivenUp {
  return reason instanceof GivenUp ? reason : new GivenUp('unknown');
}
