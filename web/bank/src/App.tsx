/** The frame: who is logged in sees the bank, everybody else the login. */
import type { ReactNode } from 'react';
import { useWords } from './i18n/index.tsx';
import { useRoute } from './lib/route.ts';
import { Link } from './parts/basic.tsx';
import { Icon, Logo } from './parts/icons.tsx';
import type { IconName } from './parts/icons.tsx';
import { DemoCorner } from './parts/demo.tsx';
import { IdleWatch } from './parts/idle.tsx';
import { ConnectionNotice } from './parts/waiting.tsx';
import { AccountPage } from './pages/Account.tsx';
import { CardPage } from './pages/Card.tsx';
import { Home } from './pages/Home.tsx';
import { Login } from './pages/Login.tsx';
import { OperationPage } from './pages/Operation.tsx';
import { Operations } from './pages/Operations.tsx';
import { Pay } from './pages/Pay.tsx';
import { PayFlow } from './pages/PayFlow.tsx';
import { Settings } from './pages/Settings.tsx';
import { useSession } from './session.tsx';

export function App() {
  const { profile, ended } = useSession();
  const { path, state } = useRoute();
  if (!profile) return <Login />;
  return (
    <>
      {ended && (
        <div className="veil">
          <Login owner={profile.owner} />
        </div>
      )}
      <div hidden={ended} key={profile.owner}>
        <Frame path={path}>
          <Page path={path} state={state} />
        </Frame>
        {!ended && <IdleWatch seconds={profile.idle_s} />}
        <DemoCorner />
      </div>
    </>
  );
}

function Page({ path, state }: { path: string; state: Record<string, unknown> }) {
  // A page about another thing is another page: nothing typed or loaded is taken along.
  const key = `${path} ${String(state.id ?? '')} ${String(state.at ?? '')}`;
  const [, first, second] = path.split('/');
  switch (first) {
    case 'account':
      return <AccountPage key={key} id={text(state.id)} />;
    case 'card':
      return <CardPage key={key} state={state} />;
    case 'pay':
      return second ? <PayFlow key={key} kind={second} state={state} /> : <Pay />;
    case 'operations':
      return <Operations />;
    case 'operation':
      return (
        <OperationPage
          key={key}
          id={text(state.id)}
          codeSent={known(state.codeSent)}
          earlier={state.earlier === true}
        />
      );
    case 'settings':
      return <Settings />;
    default:
      return <Home />;
  }
}

function known(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function Frame({ path, children }: { path: string; children: ReactNode }) {
  const { t } = useWords();
  const { bootstrap, signOut } = useSession();
  const first = path.split('/')[1] ?? '';
  const tabs: [string, string, IconName, string[]][] = [
    ['/', t.nav.home, 'home', ['', 'account', 'card']],
    ['/pay', t.nav.pay, 'pay', ['pay']],
    ['/operations', t.nav.operations, 'list', ['operations', 'operation']],
    ['/settings', t.nav.settings, 'gear', ['settings']],
  ];
  return (
    <div className="app">
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <Logo />
          {bootstrap.bank}
        </Link>
        <button
          type="button"
          className="icon-button"
          aria-label={t.settings.signOut}
          title={t.settings.signOut}
          onClick={() => void signOut().catch(() => undefined)}
        >
          <Icon name="out" />
        </button>
      </header>
      <nav className="tabs" aria-label={t.nav.label}>
        {tabs.map(([to, name, icon, firsts]) => (
          <Link key={to} to={to} className="tab" current={firsts.includes(first)}>
            <Icon name={icon} />
            {name}
          </Link>
        ))}
      </nav>
      <div className="content">
        <main id="main" tabIndex={-1} className={WIDE.includes(path) ? '' : 'narrow'}>
          <div className="stack wide">
            <ConnectionNotice />
            {children}
          </div>
        </main>
      </div>
    </div>
  );
}

/** Pages with two columns. */
const WIDE = ['/', '/pay'];
