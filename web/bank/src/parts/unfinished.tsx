/**
 * What the customer has not seen the end of: orders that were kept in this browser before they were
 * sent (a reload, a killed tab, a dead server), and orders that wait for his code.
 */
import { useCallback, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { GivenUp, Orders } from '@bulkhead/api-client';
import type { Fate, Kept, wire } from '@bulkhead/api-client';
import { message, useWords } from '../i18n/index.tsx';
import { useLoad, useNow } from '../lib/load.ts';
import { navigate } from '../lib/route.ts';
import { alone, beingSent } from '../lib/tabs.ts';
import { amountOf, headline, isFinal } from '../lib/terms.ts';
import { useSession } from '../session.tsx';
import { Button, Trouble } from './basic.tsx';
import { Icon } from './icons.tsx';
import { StateChip } from './operation.tsx';
import { Patience } from './waiting.tsx';

export function Unfinished({ waiting }: { waiting: wire.Operation[] }) {
  const { t } = useWords();
  const { orders, profile } = useSession();
  const owner = profile?.owner ?? '';
  const look = async () => ({ kept: await orders.unfinished(owner), sending: await beingSent() });
  const { data, reload } = useLoad(look, [owner], 2_000);
  // An order that was refused is not kept any more, and stays in sight until that was read.
  const [refused, setRefused] = useState(new Map<string, Kept>());
  const note = useCallback((kept: Kept, is: boolean) => {
    setRefused((before) => {
      const after = new Map(before);
      if (is) after.set(kept.key, kept);
      else after.delete(kept.key);
      return after;
    });
  }, []);
  const kept = data?.kept ?? [];
  const keys = new Set(kept.map(({ key }) => key));
  const shown = [...kept, ...[...refused.values()].filter(({ key }) => !keys.has(key))];
  const known = new Set(shown.map(({ operation_id }) => operation_id));
  const others = waiting.filter(({ operation_id }) => !known.has(operation_id));
  if (shown.length === 0 && others.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="unfinished">
      <h2 id="unfinished">{t.unfinished.title}</h2>
      {shown.map((order) => (
        <KeptOrder
          key={order.key}
          kept={order}
          sending={data?.sending.has(order.key) ?? false}
          gone={reload}
          refuse={note}
        />
      ))}
      {others.map((operation) => (
        <Case key={operation.operation_id} terms={operation.intent.terms} at={operation.created_at}>
          <Known operation={operation} />
        </Case>
      ))}
    </section>
  );
}

interface KeptProps {
  kept: Kept;
  /** Some tab is sending it now. */
  sending: boolean;
  gone: () => void;
  refuse: (kept: Kept, refused: boolean) => void;
}

function KeptOrder({ kept, sending, gone, refuse }: KeptProps) {
  const { t } = useWords();
  const { orders } = useSession();
  const { data, error, reload } = useLoad<Fate>(
    (signal) => orders.fate(kept, signal),
    [kept.operation_id, sending],
    (fate) => (fate?.kind === 'known' ? 4_000 : 10_000),
  );
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<GivenUp>();
  /** Being cancelled, until he has seen how that ended. */
  const [withdrawn, setWithdrawn] = useState(false);
  const drop = () => {
    refuse(kept, false);
    void orders.drop(kept.key).then(gone);
  };
  const discard = () => {
    refuse(kept, false);
    void orders.discard(kept).then(gone);
  };
  const send = (again = false) => {
    setBusy(true);
    setRefused(undefined);
    refuse(kept, true);
    alone(kept.key, () => orders.send(kept, again))
      .then(({ operation_id, code_sent }) =>
        navigate('/operation', { id: operation_id, codeSent: code_sent }),
      )
      .catch((reason: unknown) => {
        const error = reason instanceof GivenUp ? reason : new GivenUp('unknown');
        setRefused(error);
        if (!Orders.saysNo(error)) refuse(kept, false);
      })
      .finally(() => {
        setBusy(false);
        reload();
      });
  };
  useEffect(() => {
    if (kept.withdrawn) setWithdrawn(true);
  }, [kept.withdrawn]);
  const done = () => {
    setWithdrawn(false);
    gone();
  };
  const told = () => {
    if (sending || busy) return <OnItsWay />;
    if (refused && Orders.saysNo(refused) && !kept.withdrawn) {
      return <Refused error={refused} drop={discard} />;
    }
    if (withdrawn) {
      const hold = () => refuse(kept, true);
      return (
        <>
          {refused && Orders.saysNo(refused) && <Trouble error={refused} />}
          <Withdrawn kept={kept} done={done} hold={hold} drop={drop} />
        </>
      );
    }
    if (refused?.problem?.code === 'looks-alike') return <Twice send={send} drop={discard} />;
    if (data?.kind === 'known') return <Known operation={data.operation} seen={drop} />;
    if (data) return <NotReceived kept={kept} send={() => send()} drop={discard} />;
    if (refused) return <Trouble error={refused} />;
    return <p className="muted">{error ? t.unfinished.unknown : t.unfinished.checking}</p>;
  };
  return (
    <Case terms={kept.order.intent.terms} at={kept.sent_at}>
      {told()}
    </Case>
  );
}

function OnItsWay() {
  const { t } = useWords();
  return (
    <>
      <p className="row" role="status">
        <span className="spinner" aria-hidden="true" />
        {t.review.sending}
      </p>
      <Patience slow={t.review.sendingSlow} />
    </>
  );
}

interface Choice {
  send: (again: boolean) => void;
  drop: () => void;
}

function Twice({ send, drop }: Choice) {
  const { t } = useWords();
  return (
    <>
      <p>
        <strong>{t.review.againTitle}</strong> {t.review.againText}
      </p>
      <div className="row wrap">
        <Button look="slim" onClick={() => send(true)}>
          {t.review.againYes}
        </Button>
        <Button look="main slim" onClick={drop}>
          {t.review.againNo}
        </Button>
      </div>
    </>
  );
}

function Refused({ error, drop }: { error: GivenUp; drop: () => void }) {
  const { t } = useWords();
  return (
    <>
      <Trouble error={error} />
      <div>
        <Button look="slim" onClick={drop}>
          {t.unfinished.seen}
        </Button>
      </div>
    </>
  );
}

interface NotReceivedProps {
  kept: Kept;
  send: () => void;
  drop: () => void;
}

/** It may still arrive, so it is never called gone: it is sent again, or cancelled for good. */
function NotReceived({ kept, send, drop }: NotReceivedProps) {
  const { t } = useWords();
  const late = Date.parse(kept.order.intent.valid_until) < useNow(5_000);
  return (
    <>
      <p>{late ? t.unfinished.tooLate : t.unfinished.notReceived}</p>
      <div className="row wrap">
        {!late && (
          <Button look="main slim" onClick={send}>
            {t.unfinished.send}
          </Button>
        )}
        <Button look={late ? 'main slim' : 'plain slim'} onClick={drop}>
          {t.unfinished.cancel}
        </Button>
      </div>
    </>
  );
}

interface WithdrawnProps {
  kept: Kept;
  /** It was done after all. */
  done: () => void;
  /** Keeps it in sight when it is not kept any more. */
  hold: () => void;
  drop: () => void;
}

/** The bank is told until it answers with an end. */
function Withdrawn({ kept, done, hold, drop }: WithdrawnProps) {
  const { t } = useWords();
  const { orders, epoch } = useSession();
  const [free, setFree] = useState(false);
  const [error, setError] = useState<GivenUp>();
  const [again, setAgain] = useState(0);
  const { key } = kept;
  useEffect(() => {
    const controller = new AbortController();
    setError(undefined);
    orders
      .withdraw(kept, controller.signal)
      .then(({ as }) => {
        if (as === 'done') return done();
        hold();
        setFree(true);
      })
      .catch((reason: unknown) => {
        if (controller.signal.aborted) return;
        setError(reason instanceof GivenUp ? reason : new GivenUp('unknown'));
      });
    return () => controller.abort();
    // One order, whatever else its parent makes anew.
  }, [key, epoch, again]);
  if (free) {
    return (
      <>
        <p role="status">{t.unfinished.cancelled}</p>
        <div>
          <Button look="slim" onClick={drop}>
            {t.unfinished.seen}
          </Button>
        </div>
      </>
    );
  }
  if (error) return <Trouble error={error} retry={() => setAgain((n) => n + 1)} />;
  return (
    <>
      <p className="row" role="status">
        <span className="spinner" aria-hidden="true" />
        {t.unfinished.cancelling}
      </p>
      <Patience slow={t.unfinished.cancellingSlow} wayOn={t.unfinished.cancellingWayOn} />
    </>
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
  // What only one place holds is kept here too, so that it can be sent again under its key.
  const held = isFinal(operation) || operation.durability === 'accepted';
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
        {seen && !needsCode && held && (
          <Button look="plain slim" onClick={seen}>
            {t.unfinished.seen}
          </Button>
        )}
      </div>
    </>
  );
}
