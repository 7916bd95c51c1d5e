/** One account: its figures, its number, its history. */
import { useState } from 'react';
import type { GivenUp, wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { grouped } from '../lib/format.ts';
import { byDay, usePages } from '../lib/pages.ts';
import { useLoad } from '../lib/load.ts';
import { Button, Facts, Heading, Notice, Sum, Trouble } from '../parts/basic.tsx';
import { AsOf } from '../parts/sections.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

export function AccountPage({ id }: { id: string | undefined }) {
  const { t } = useWords();
  if (id === undefined) {
    return (
      <div className="stack">
        <Heading back>{t.account.title}</Heading>
        <Notice>{t.account.unknown}</Notice>
      </div>
    );
  }
  return <Account id={id} />;
}

function Account({ id }: { id: string }) {
  const { t } = useWords();
  const { bank } = useSession();
  const accounts = useLoad((signal) => bank.accounts(signal), [], 15_000);
  const account = accounts.data?.items.find(({ account }) => account === id);
  const away = accounts.data?.status === 'unavailable';
  return (
    <div className="stack wide">
      <Heading back>{account?.name ?? t.account.title}</Heading>
      <div className="card stack">
        {account && <Figures account={account} />}
        {account && <AsOf section={accounts.data} />}
        {away && <p className="muted">{t.home.unavailable}</p>}
        {!account && !away && !accounts.error && <Skeleton lines={1} />}
        {!account && accounts.error && <Trouble error={accounts.error} retry={accounts.reload} />}
        <AccountNumber number={id} />
      </div>
      <History id={id} balance={account?.balance.amount} />
    </div>
  );
}

function Figures({ account }: { account: wire.Account }) {
  const { t, f } = useWords();
  return (
    <div className="stack">
      <div className="stack tight">
        <span className="muted">{t.account.available}</span>
        <Sum money={account.available} className="total" />
      </div>
      <Facts rows={[[t.account.booked, f.money(account.balance)]]} />
    </div>
  );
}

function AccountNumber({ number }: { number: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(number).then(() => setCopied(true));
  };
  return (
    <div className="row apart wrap">
      <div>
        <span className="small muted">{t.account.number}</span>
        <div className="number">{grouped(number)}</div>
      </div>
      <Button look="slim" onClick={copy}>
        {copied ? t.account.copied : t.account.copy}
      </Button>
    </div>
  );
}

function History({ id, balance }: { id: string; balance: string | undefined }) {
  const { t, f } = useWords();
  const { bank } = useSession();
  // A new balance means new entries.
  const history = usePages<wire.Transaction>(
    (cursor, signal) => bank.transactions(id, cursor, signal),
    ({ id }) => id,
    [id, balance],
  );
  const { items } = history;
  return (
    <section className="stack" aria-labelledby="history">
      <h2 id="history">{t.account.history}</h2>
      {history.error && <Trouble error={history.error as GivenUp} retry={history.reload} />}
      {!items && !history.error && (
        <div className="card">
          <Skeleton lines={5} />
        </div>
      )}
      {items?.length === 0 && <p className="card muted">{t.account.empty}</p>}
      {items &&
        byDay(items, ({ booked_at }) => f.dayOf(booked_at, t.common)).map(([day, entries]) => (
          <div key={day} className="stack tight">
            <h3 className="muted">{day}</h3>
            <ul className="card flush list">
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </ul>
          </div>
        ))}
      {history.more && (
        <Button onClick={history.more} busy={history.busy}>
          {t.common.more}
        </Button>
      )}
    </section>
  );
}

function Entry({ entry }: { entry: wire.Transaction }) {
  const { f } = useWords();
  const incoming = !entry.amount.amount.startsWith('-');
  return (
    <li className="item">
      <span className="grow stack tight">
        <span className="name">{entry.counterparty ?? entry.description}</span>
        <span className="small muted">
          {f.time(entry.booked_at)}
          {entry.counterparty && ` · ${entry.description}`}
        </span>
      </span>
      <span className={`end sum ${incoming ? 'incoming' : ''}`}>{f.change(entry.amount)}</span>
    </li>
  );
}
