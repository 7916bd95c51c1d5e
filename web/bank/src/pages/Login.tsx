/** Login and password; on a new device a code. */
import { useState } from 'react';
import type { FormEvent } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { deviceName } from '../lib/device.ts';
import { useCountdown } from '../lib/load.ts';
import { loginAsTyped } from '../lib/payee.ts';
import { Button, Heading, Notice, TextField, Trouble } from '../parts/basic.tsx';
import { CodeForm } from '../parts/code.tsx';
import { Icon, Logo } from '../parts/icons.tsx';
import { LanguageSwitch } from '../parts/switches.tsx';
import { Patience } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

/** `owner`: somebody's session has ended and his page waits behind this. */
export function Login({ owner }: { owner?: string }) {
  const { t } = useWords();
  const { bootstrap, client, bank, opened } = useSession();
  const [who, setWho] = useState(owner ?? '');
  const [password, setPassword] = useState('');
  const [visible, setVisible] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<GivenUp>();
  const [challenge, setChallenge] = useState<wire.CodeNeeded>();

  const finish = (session: wire.SessionOpened) =>
    opened({ owner: loginAsTyped(who), name: session.name, idle_s: session.idle_s });

  /** Also how another code is had: a login that was not finished is begun again. */
  const begin = async () => {
    await client.find(loginAsTyped(who));
    const { body } = await bank.openSession(password, deviceName());
    if ('challenge_id' in body) setChallenge(body);
    else finish(body);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    begin()
      .catch((reason: unknown) => setError(asGivenUp(reason)))
      .finally(() => setBusy(false));
  };

  return (
    <main className="gate" id="main">
      <div className="row apart">
        <span className="brand">
          <Logo size={36} />
          {bootstrap.bank}
        </span>
        <LanguageSwitch />
      </div>
      {challenge ? (
        <div className="card stack">
          <Heading>{t.login.codeTitle}</Heading>
          <p>{t.login.codeLead(challenge.sent_to)}</p>
          {!challenge.sent && <Notice look="warn">{t.login.codeUnsent}</Notice>}
          <CodeForm
            key={challenge.challenge_id}
            submitText={t.login.submitCode}
            busyText={t.login.checking}
            enter={async (code) => finish(await bank.answerChallenge(challenge.challenge_id, code))}
            resend={begin}
            sent={challenge.sent}
          />
          <Button look="plain" onClick={() => setChallenge(undefined)}>
            {t.login.other}
          </Button>
        </div>
      ) : (
        <form className="card stack" onSubmit={submit}>
          <div className="stack tight">
            <Heading>{t.login.title}</Heading>
            <p className="muted">{t.login.lead}</p>
          </div>
          {owner !== undefined && <Notice>{t.login.ended}</Notice>}
          {error && <Locked error={error} />}
          <TextField
            label={t.login.who}
            value={who}
            onText={setWho}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
          />
          <TextField
            label={t.login.password}
            value={password}
            onText={setPassword}
            type={visible ? 'text' : 'password'}
            name="password"
            autoComplete="current-password"
            required
            affix={
              <button
                type="button"
                className="icon-button"
                aria-label={t.login.show}
                aria-pressed={visible}
                onClick={() => setVisible(!visible)}
              >
                <Icon name="eye" />
              </button>
            }
          />
          <Button type="submit" look="main full" busy={busy} busyText={t.login.checking}>
            {t.login.submit}
          </Button>
          {busy && <Patience />}
        </form>
      )}
      <p className="small muted">{t.login.safety}</p>
    </main>
  );
}

/** Too many wrong passwords: the time that is left is counted down. */
function Locked({ error }: { error: GivenUp }) {
  const { t } = useWords();
  const wait = Math.ceil((error.problem?.retry_after_ms ?? 0) / 1_000);
  const left = useCountdown(wait, error);
  return (
    <>
      <Trouble error={error} />
      {left > 0 && <p className="small muted number">{t.login.waitFor(left)}</p>}
    </>
  );
}

function asGivenUp(reason: unknown): GivenUp {
  return reason instanceof GivenUp ? reason : new GivenUp('unknown');
}
