/**
 * What the customer has not seen the end of: orders that were kept in this browser before they were
 * sent (a reload, a killed tab, a dead server), and orders that wait for his code.
 */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { Fate, Kept, wire } from '@bulkhead/api-client';
import { message, useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { navigate } from '../lib/route.ts';
import { amountOf, headline } from '../lib/terms.ts';
import { useSession } from '../session.tsx';
import { Button, Trouble } from './basic.tsx';
import { Icon } from './icons.tsx';
import { StateChip } from './operation.tsx';
import { Patience } from './waiting.tsx';

export function Unfinished({ waiting }: { waiting: wire.Operation[] }) {
  const { t } = useWords();
  const { orders, profile, sending } = useSession();
  const owner = profile?.owner ?? '';
  const kept = useLoad(() => orders.unfinished(owner), [owner], 5_000);
  const shown = (kept.data ?? []).filter(({ key }) => !sending.has(key));
  const known = new Set(shown.map(({ operation_id }) => operation_id));
  const others = waiting.filter(({ operation_id }) => !known.has(operation_id));
  if (shown.length === 0 && others.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="unfinished">
      <h2 id="unfinished">{t.unfinished.title}</h2>
      {shown.map((order) => (
        <KeptOrder key={order.key} kept={order} gone={kept.reload} />
      ))}
      {others.map((operation) => (
        <Case key={operation.operation_id} terms={operation.intent.terms} at={operation.created_at}>
          <Known operation={operation} />
        </Case>
      ))}
    </section>
  );
}

function KeptOrder({ kept, gone }: { kept: Kept; gone: () => void }) {
  const { t } = useWords();
  const { orders } = useSession();
  const { data, error, reload } = useLoad<Fate>(
    (signal) => orders.fate(kept, signal),
    [kept.operation_id],
    (fate) => (fate?.kind === 'known' ? 4_000 : 10_000),
  );
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<GivenUp>();
  const drop = () => void orders.drop(kept.key).then(gone);
  const send = () => {
    setBusy(true);
    setRefused(undefined);
    orders
      .send(kept)
      .then(({ operation_id, code_sent }) =>
        navigate('/operation', { id: operation_id, codeSent: code_sent }),
      )
      .catch((reason: unknown) =>
        setRefused(reason instanceof GivenUp ? reason : new GivenUp('unknown')),
      )
      .finally(() => {
        setBusy(false);
        reload();
      });
  };
  return (
    <Case terms={kept.order.intent.terms} at={kept.sent_at}>
      {refused && <Trouble error={refused} />}
      {!data && !error && <p className="muted">{t.unfinished.checking}</p>}
      {!data && error && <p>{t.unfinished.unknown}</p>}
      {data?.kind === 'known' && <Known operation={data.operation} seen={drop} />}
      {data?.kind === 'not_received' && (
        <>
          <p>{t.unfinished.notReceived}</p>
          <div className="row wrap">
            <Button look="main slim" busy={busy} busyText={t.review.sending} onClick={send}>
              {t.unfinished.send}
            </Button>
            <Button look="plain slim" onClick={drop}>
              {t.unfinished.discard}
            </Button>
          </div>
          {busy && <Patience slow={t.review.sendingSlow} />}
        </>
      )}
    </Case>
  );
}

interface CaseProps {
  terms: wire.Terms;
  at: string;
  children: ReactNode;
}

function Case({ terms, at, children }: CaseProps) {
  const { t, f } = useWords();
  const amount = amountOf(terms);
  return (
    <article className="card stack unfinished">
      <div className="row">
        <span className="badge warn">
          <Icon name="clock" />
        </span>
        <div className="grow">
          <h3>{headline(t, terms)}</h3>
          <p className="small muted">{t.unfinished.sentAt(f.dayTime(at))}</p>
        </div>
        {amount && <span className="sum">{f.money(amount)}</span>}
      </div>
      {children}
    </article>
  );
}

function Known({ operation, seen }: { operation: wire.Operation; seen?: () => void }) {
  const { t, language } = useWords();
  const open = () => navigate('/operation', { id: operation.operation_id });
  const needsCode = operation.shown === 'waiting_for_confirmation';
  return (
    <>
      <div className="stack tight">
        <span>
          <StateChip shown={operation.shown} />
        </span>
        <p>{message(language, operation)}</p>
      </div>
      <div className="row wrap">
        <Button look={needsCode ? 'main slim' : 'slim'} onClick={open}>
          {needsCode ? t.unfinished.enterCode : t.unfinished.open}
        </Button>
        {seen && !needsCode && (
          <Button look="plain slim" onClick={seen}>
            {t.unfinished.seen}
          </Button>
        )}
      </div>
    </>
  );
}
