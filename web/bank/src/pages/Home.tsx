/** Everything a customer has, and what he has to look at first. */
import { minor, money } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { masked } from '../lib/format.ts';
import { useLoad } from '../lib/load.ts';
import { KIND_ICONS, isFinal } from '../lib/terms.ts';
import { Heading, Link, Notice, Sum, Trouble } from '../parts/basic.tsx';
import { Icon } from '../parts/icons.tsx';
import { OperationLine } from '../parts/operation.tsx';
import { Plastics } from '../parts/plastic.tsx';
import { AsOf, OtherSections, isAway } from '../parts/sections.tsx';
import { Switched } from '../parts/switched.tsx';
import { Unfinished } from '../parts/unfinished.tsx';
import { Skeleton, useConnection } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

const OVERVIEW_MS = 20_000;
const QUICK = ['customer_transfer', 'own_transfer', 'bill_payment', 'mobile_topup'] as const;

export function Home() {
  const { t } = useWords();
  const { bank, profile } = useSession();
  const { phase } = useConnection();
  const overview = useLoad((signal) => bank.overview(signal), [], OVERVIEW_MS);
  const operations = useLoad(
    (signal) => bank.operations(undefined, signal),
    [],
    (page) => (page?.items.every(isFinal) ? OVERVIEW_MS : 4_000),
  );
  const waiting = operations.data?.items.filter(
    ({ shown }) => shown === 'waiting_for_confirmation',
  );
  const sections = overview.data?.sections;
  const allAway = sections?.every(isAway);
  const accounts = sections?.find((section) => section.list === 'accounts');
  const cards = sections?.find((section) => section.list === 'cards');
  return (
    <div className="stack wide">
      <div className="stack">
        <Heading>{t.home.hello(profile?.name.split(' ')[0] ?? '')}</Heading>
        <Totals overview={overview.data} />
      </div>
      <Switched operations={operations.data?.items} />
      <Unfinished waiting={waiting ?? []} />
      {allAway && (
        <Notice look="warn" icon="clock">
          {t.home.allAway}
        </Notice>
      )}
      {overview.error && !overview.data && phase === 'connected' && (
        <Trouble error={overview.error} retry={overview.reload} />
      )}
      <div className="columns">
        <div className="stack wide">
          <nav className="quick" aria-label={t.home.quick}>
            {QUICK.map((kind) => (
              <Link key={kind} to={`/pay/${kind}`}>
                <span className="badge">
                  <Icon name={KIND_ICONS[kind]} />
                </span>
                {t.pay[kind].title}
              </Link>
            ))}
          </nav>
          <section className="stack" aria-labelledby="accounts">
            <SectionHead id="accounts" title={t.home.accounts} section={accounts} />
            <Accounts section={accounts} />
          </section>
          <section className="stack" aria-labelledby="latest">
            <div className="row apart">
              <h2 id="latest">{t.home.latest}</h2>
              <Link to="/operations" className="small more-link">
                {t.home.allOperations}
              </Link>
            </div>
            <div className="card flush">
              <Latest page={operations.data} />
            </div>
          </section>
        </div>
        <section className="stack" aria-labelledby="cards">
          <SectionHead id="cards" title={t.lists.cards} section={cards} />
          <Plastics section={cards} />
        </section>
      </div>
      {!allAway && (
        <section className="stack" aria-labelledby="other">
          <h2 id="other">{t.home.other}</h2>
          <OtherSections sections={sections} />
        </section>
      )}
    </div>
  );
}

function Totals({ overview }: { overview: wire.Overview | undefined }) {
  const { t } = useWords();
  if (!overview) return <span className="skeleton skeleton-total" aria-hidden="true" />;
  const [first, ...others] = overview.totals;
  if (!first) return null;
  return (
    <div className="stack tight">
      <p className="muted">{t.home.total}</p>
      <p className="row wrap">
        <Sum money={first} className="total" />
      </p>
      {others.length > 0 && (
        <p className="row wrap">
          {others.map((total) => (
            <Sum key={total.currency} money={total} className="total-more" />
          ))}
        </p>
      )}
    </div>
  );
}

interface HeadProps {
  id: string;
  title: string;
  section: wire.Section | undefined;
}

function SectionHead({ id, title, section }: HeadProps) {
  return (
    <div className="row apart">
      <h2 id={id}>{title}</h2>
      <AsOf section={section} />
    </div>
  );
}

function Accounts({ section }: { section: wire.AccountsSection | undefined }) {
  const { t } = useWords();
  if (!section) {
    return (
      <div className="card">
        <Skeleton lines={2} />
      </div>
    );
  }
  if (section.status === 'unavailable') {
    return <p className="card muted">{t.home.unavailable}</p>;
  }
  if (section.items.length === 0) return <p className="card muted">{t.home.noAccounts}</p>;
  return (
    <ul className="card flush list">
      {section.items.map((account) => (
        <li key={account.account}>
          <AccountLine account={account} />
        </li>
      ))}
    </ul>
  );
}

function AccountLine({ account }: { account: wire.Account }) {
  const { t, f } = useWords();
  const { balance, available } = account;
  const waiting = minor(balance) - minor(available);
  return (
    <Link to="/account" state={{ id: account.account }} className="item">
      <span className="badge currency" aria-hidden="true">
        {SIGNS[balance.currency]}
      </span>
      <span className="grow stack tight">
        <span className="name">{account.name}</span>
        <span className="small muted number">
          {masked(account.account)}
          {!account.open && ` · ${t.home.closed}`}
        </span>
      </span>
      <span className="end stack tight">
        <Sum money={available} />
        {waiting !== 0n && (
          <span className="small muted number">
            {t.home.inProgress(f.money(money(waiting, balance.currency)))}
          </span>
        )}
      </span>
    </Link>
  );
}

const SIGNS: Record<wire.Currency, string> = { RUB: '₽', USD: '$', EUR: '€' };

function Latest({ page }: { page: wire.OperationPage | undefined }) {
  const { t } = useWords();
  if (!page) {
    return (
      <div className="padded">
        <Skeleton lines={3} quiet />
      </div>
    );
  }
  if (page.items.length === 0) return <p className="padded muted">{t.home.noOperations}</p>;
  return (
    <ul className="list">
      {page.items.slice(0, 5).map((operation) => (
        <li key={operation.operation_id}>
          <OperationLine operation={operation} />
        </li>
      ))}
    </ul>
  );
}
