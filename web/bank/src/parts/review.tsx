/**
 * What is about to be ordered, and the order. It is kept in this browser before it is sent, and
 * sent under one key however often it takes.
 */
import { useEffect, useRef, useState } from 'react';
import { GivenUp, Orders } from '@bulkhead/api-client';
import type { Kept, wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { navigate } from '../lib/route.ts';
import { alone } from '../lib/tabs.ts';
import { rows } from '../lib/terms.ts';
import { useSession } from '../session.tsx';
import { Button, Facts, Notice, Trouble } from './basic.tsx';
import { Patience } from './waiting.tsx';

interface Props {
  review: wire.Review;
  names: Map<string, string>;
  change: () => void;
  /** Told whether an order is on its way, or was refused: the form does not come back unasked. */
  hold?: (held: boolean) => void;
}

type Stage =
  | { is: 'open'; error?: GivenUp }
  | { is: 'sending' }
  /** An earlier order has to end before this one gets a key. */
  | { is: 'settling' }
  /** It looks like a recent one. */
  | { is: 'again'; kept: Kept }
  /** Nobody knows whether it arrived. */
  | { is: 'uncertain'; kept: Kept; error: GivenUp };

export function Review({ review, names, change, hold }: Props) {
  const { t, f } = useWords();
  const [stage, order] = useOrder();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const held = stage.is !== 'open' || stage.error !== undefined;
  useEffect(() => hold?.(held), [hold, held]);
  const { intent, most } = review;

  if (stage.is === 'again') return <Again kept={stage.kept} order={order} />;
  if (stage.is === 'uncertain') {
    return <Uncertain kept={stage.kept} error={stage.error} order={order} />;
  }
  const busy = stage.is === 'sending' || stage.is === 'settling';
  const patience = stage.is === 'settling' ? t.review.settling : t.review.sendingSlow;
  const wayOn = stage.is === 'settling' ? t.review.settlingWayOn : t.review.sendingWayOn;
  return (
    <div className="stack">
      <h2 ref={title} tabIndex={-1} className="hidden">
        {t.review.title}
      </h2>
      {stage.is === 'open' && stage.error && <Trouble error={stage.error} />}
      <div className="card stack">
        {most && (
          <div className="hero plain">
            <span className="muted">{t.review.most}</span>
            <span className="amount">{f.money(most)}</span>
          </div>
        )}
        <Facts
          rows={[
            ...rows(t, f, intent.terms, names),
            [t.review.validUntil, f.dayTime(intent.valid_until)],
          ]}
        />
      </div>
      <PayeeCheck review={review} />
      {review.code_needed && <p className="small muted">{t.review.codeNeeded}</p>}
      {review.deferrable && most && <p className="small muted">{t.review.deferrable}</p>}
      <div className="stack">
        <Button
          look="main full"
          busy={busy}
          busyText={t.review.sending}
          onClick={() => void order.first(intent)}
        >
          {most ? t.review.confirmAmount(f.money(most)) : t.review.confirm}
        </Button>
        {!busy && (
          <Button look="plain" onClick={change}>
            {most ? t.review.change : t.common.cancel}
          </Button>
        )}
      </div>
      {busy && <Patience key={stage.is} slow={patience} wayOn={wayOn} />}
    </div>
  );
}

function PayeeCheck({ review }: { review: wire.Review }) {
  const { t } = useWords();
  if (review.payee_check === 'found') {
    return (
      <Notice icon="check">
        <span>{t.review.payeeFound}</span>
      </Notice>
    );
  }
  if (review.payee_check === 'cannot_check_now') {
    return (
      <Notice look="warn">
        <span>{t.review.payeeUnchecked}</span>
      </Notice>
    );
  }
  return null;
}

interface Order {
  first: (intent: wire.Intent) => Promise<void>;
  send: (kept: Kept, again?: boolean) => Promise<void>;
  drop: (kept: Kept) => Promise<void>;
}

function useOrder(): [Stage, Order] {
  const { bank, orders, profile } = useSession();
  const [stage, setStage] = useState<Stage>({ is: 'open' });
  const started = useRef(false);
  const gone = useRef(new AbortController());
  useEffect(() => {
    const here = new AbortController();
    gone.current = here;
    return () => here.abort();
  }, []);

  const send = async (kept: Kept, again = false) => {
    setStage({ is: 'sending' });
    try {
      const { operation_id, code_sent } = await alone(kept.key, () => orders.send(kept, again));
      // If he has left this page he is not taken back: the home page tells him.
      if (!gone.current.signal.aborted) {
        navigate('/operation', { id: operation_id, codeSent: code_sent }, 'replace');
      }
    } catch (reason) {
      const error = reason instanceof GivenUp ? reason : new GivenUp('unknown');
      // He is told to look; what he orders after that he orders knowing what there is now.
      if (error.problem?.code === 'look-again') await bank.notice().catch(() => undefined);
      setStage(after(kept, error));
    }
  };
  /** Another key is safe only once nothing more can come of the old one. Was that done instead? */
  const settle = async (intent: wire.Intent, owner: string): Promise<boolean> => {
    for (const earlier of await orders.before(intent, owner)) {
      setStage({ is: 'settling' });
      const { as, operation } = await orders.withdraw(earlier, gone.current.signal);
      if (as === 'done') {
        navigate('/operation', { id: operation.operation_id, earlier: true }, 'replace');
        return true;
      }
    }
    return false;
  };
  const first = async (intent: wire.Intent) => {
    // Two quick presses are one order.
    if (started.current) return;
    started.current = true;
    setStage({ is: 'sending' });
    try {
      const owner = profile?.owner ?? '';
      if (await settle(intent, owner)) return;
      await send(await orders.keep(intent, owner));
    } catch (reason) {
      // It could not be kept, or the earlier one has not ended, so it was not sent.
      const error = reason instanceof GivenUp ? reason : new GivenUp('stop');
      if (!gone.current.signal.aborted) setStage({ is: 'open', error });
    } finally {
      started.current = false;
    }
  };
  const drop = async (kept: Kept) => {
    await orders.discard(kept);
    navigate('/', {}, 'replace');
  };
  return [stage, { first, send, drop }];
}

function after(kept: Kept, error: GivenUp): Stage {
  if (error.problem?.code === 'looks-alike') return { is: 'again', kept };
  return Orders.saysNo(error) ? { is: 'open', error } : { is: 'uncertain', kept, error };
}

function Again({ kept, order }: { kept: Kept; order: Order }) {
  const { t } = useWords();
  return (
    <div className="card stack" role="alertdialog" aria-labelledby="again">
      <h2 id="again">{t.review.againTitle}</h2>
      <p>{t.review.againText}</p>
      <div className="row wrap">
        <Button look="main" onClick={() => void order.send(kept, true)}>
          {t.review.againYes}
        </Button>
        <Button autoFocus onClick={() => void order.drop(kept)}>
          {t.review.againNo}
        </Button>
      </div>
    </div>
  );
}

function Uncertain({ kept, error, order }: { kept: Kept; error: GivenUp; order: Order }) {
  const { t } = useWords();
  return (
    <div className="card stack" role="alert">
      <h2>{t.review.uncertainTitle}</h2>
      <p>{t.review.uncertainText}</p>
      <Trouble error={error} />
      <div className="row wrap">
        <Button look="main" onClick={() => void order.send(kept)}>
          {t.review.sendAgain}
        </Button>
        <Button onClick={() => void order.drop(kept)}>{t.review.cancelIt}</Button>
        <Button look="plain" onClick={() => navigate('/', {}, 'replace')}>
          {t.common.home}
        </Button>
      </div>
    </div>
  );
}
