/** How it looks, and where he is logged in. */
import { useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { navigate } from '../lib/route.ts';
import { Button, Heading, Trouble } from '../parts/basic.tsx';
import { Icon } from '../parts/icons.tsx';
import { LanguageSwitch, ThemeSwitch } from '../parts/switches.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

export function Settings() {
  const { t } = useWords();
  const { bank, client, bootstrap, signOut } = useSession();
  const sessions = useLoad((signal) => bank.sessions(signal), [], 30_000);
  const [error, setError] = useState<GivenUp>();
  const out = (end: () => Promise<void>) => {
    end()
      .then(() => navigate('/'))
      .catch(() => navigate('/'));
  };
  const end = (id: string) => {
    setError(undefined);
    bank
      .endSession(id)
      .catch((reason: unknown) =>
        setError(reason instanceof GivenUp ? reason : new GivenUp('unknown')),
      )
      .finally(sessions.reload);
  };
  const everywhere = () => out(() => bank.endAllSessions().then(signOut));
  return (
    <div className="stack wide">
      <Heading>{t.settings.title}</Heading>
      <section className="card stack" aria-labelledby="appearance">
        <h2 id="appearance">{t.settings.appearance}</h2>
        <ThemeSwitch />
        <LanguageSwitch labelled />
        <p className="small muted">{t.settings.zone(bootstrap.time_zone)}</p>
      </section>
      <section className="stack" aria-labelledby="devices">
        <h2 id="devices">{t.settings.devices}</h2>
        {error && <Trouble error={error} />}
        {sessions.error && !sessions.data && (
          <Trouble error={sessions.error} retry={sessions.reload} />
        )}
        <div className="card flush">
          {!sessions.data && !sessions.error && (
            <div className="padded">
              <Skeleton lines={2} />
            </div>
          )}
          <ul className="list">
            {sessions.data?.map((session) => (
              <Device key={session.session_id} session={session} end={end} />
            ))}
          </ul>
        </div>
      </section>
      <div className="row wrap actions">
        <Button look="main" onClick={() => out(signOut)}>
          {t.settings.signOut}
        </Button>
        <Button look="bad" onClick={everywhere}>
          {t.settings.endAll}
        </Button>
      </div>
      {client.place && <p className="tiny muted">{t.settings.server(client.place.block)}</p>}
    </div>
  );
}

function Device({ session, end }: { session: wire.SessionView; end: (id: string) => void }) {
  const { t, f } = useWords();
  const used = f.dayTime(session.seen_at);
  return (
    <li className="item">
      <span className="badge quiet">
        <Icon name={session.channel === 'mobile' ? 'phone' : 'screen'} />
      </span>
      <span className="grow stack tight">
        <span className="name">{session.device_name}</span>
        <span className="small muted">
          {session.channel === 'mobile' ? t.settings.mobile : t.settings.web}
          {' · '}
          {session.current ? t.settings.current : t.settings.used(used)}
        </span>
      </span>
      {!session.current && (
        <button
          type="button"
          className="button slim"
          aria-label={t.settings.endOf(session.device_name, used)}
          onClick={() => end(session.session_id)}
        >
          {t.settings.end}
        </button>
      )}
    </li>
  );
}
