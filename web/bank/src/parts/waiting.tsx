/** While the bank is asked: a shape at once, then what is happening, then a way on. */
import { useRef, useSyncExternalStore } from 'react';
import type { Connection, Phase } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useElapsed } from '../lib/load.ts';
import { useSession } from '../session.tsx';
import { Button, Notice } from './basic.tsx';

export function useConnection(): Connection {
  const { client } = useSession();
  return useSyncExternalStore(
    (watcher) => client.subscribe(watcher),
    () => client.connection,
  );
}

/** The block that serves him now. */
export function useBlock(): string | undefined {
  const { client } = useSession();
  return useSyncExternalStore(
    (watcher) => client.subscribe(watcher),
    () => client.place?.block,
  );
}

/** After 10 s what is happening, after 30 s a way on. */
export function Patience({ slow, wayOn }: { slow?: string; wayOn?: string }) {
  const { t } = useWords();
  const { client } = useSession();
  const { phase } = useConnection();
  const passed = useElapsed([10, 30]);
  if (passed < 10) return null;
  const happening = phase === 'connected' || phase === 'failed' ? t.waiting.slow : t.waiting[phase];
  return (
    <Notice look="warn" icon="clock">
      <span>{slow ?? happening}</span>
      {passed >= 30 && (
        <>
          <span>{wayOn ?? t.waiting.wayOn}</span>
          <span>
            <Button look="slim" onClick={() => client.wake()}>
              {t.common.tryNow}
            </Button>
          </span>
        </>
      )}
    </Notice>
  );
}

/** Grey lines in the shape of a list. `quiet`: another one on the page says what is happening. */
export function Skeleton({ lines = 3, quiet = false }: { lines?: number; quiet?: boolean }) {
  const { t } = useWords();
  const { phase } = useConnection();
  return (
    <div className="stack" aria-busy="true">
      {!quiet && (
        <span className="hidden" role="status">
          {t.common.loading}
        </span>
      )}
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="row" aria-hidden="true">
          <span className="skeleton skeleton-dot" />
          <span className="skeleton skeleton-line grow" />
          <span className="skeleton skeleton-end" />
        </div>
      ))}
      {/* Of a connection that is not good the line above the page speaks. */}
      {!quiet && phase === 'connected' && <Patience />}
    </div>
  );
}

/** How it was at worst since it is not good: a line that changes with every attempt is no calm one. */
function useWorst({ phase, since }: Connection): Phase {
  const worst = useRef({ since, phase });
  const { current } = worst;
  if (current.since !== since || RANK.indexOf(phase) > RANK.indexOf(current.phase)) {
    worst.current = { since, phase };
  }
  return worst.current.phase;
}

const RANK: Phase[] = ['connected', 'retrying', 'rerouting', 'suspended', 'failed'];

/** A line above the page while the connection is not good. */
export function ConnectionNotice() {
  const { t } = useWords();
  const { client, retry } = useSession();
  const connection = useConnection();
  const { since } = connection;
  const phase = useWorst(connection);
  const passed = useElapsed([2, 30], since !== undefined);
  if (phase === 'connected' || passed < 2) return null;
  return (
    <Notice look="warn" icon="clock">
      <span>{navigator.onLine ? t.connection[phase] : t.connection.offline}</span>
      {passed >= 30 && <span>{t.waiting.wayOn}</span>}
      {(phase === 'suspended' || phase === 'failed' || passed >= 30) && (
        <span>
          <Button look="slim" onClick={phase === 'failed' ? retry : () => client.wake()}>
            {t.common.tryNow}
          </Button>
        </span>
      )}
    </Notice>
  );
}
