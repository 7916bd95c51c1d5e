/** One operation: the code where it waits for one, its real state, its receipt. */
import { useEffect, useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { message, useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { navigate } from '../lib/route.ts';
import { alone } from '../lib/tabs.ts';
import { amountOf, forWhom, headline, isFinal, look, rows } from '../lib/terms.ts';
import { Button, Facts, Heading, Notice, TextField, Trouble } from '../parts/basic.tsx';
import { CodeStep } from '../parts/codeStep.tsx';
import { Icon } from '../parts/icons.tsx';
import { Steps } from '../parts/steps.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

interface Props {
  id: string | undefined;
  /** Was the message with the code taken? Not known for an order that was found again. */
  codeSent: boolean | undefined;
  /** It was done, and the order that was to take its place was not sent. */
  earlier?: boolean;
}

export function OperationPage({ id, codeSent, earlier = false }: Props) {
  const { t } = useWords();
  if (id === undefined) {
    return (
      <div className="stack">
        <Heading back>{t.operation.title}</Heading>
        <Notice>{t.operation.unknown}</Notice>
      </div>
    );
  }
  return (
    <div className="stack wide">
      {earlier && <Notice icon="check">{t.operation.earlier}</Notice>}
      <Loaded id={id} codeSent={codeSent} />
    </div>
  );
}

function Loaded({ id, codeSent }: Props & { id: string }) {
  const { t } = useWords();
  const { bank, orders, profile } = useSession();
  const owner = profile?.owner ?? '';
  // The block that serves him now may never have got the order: it is the same one under its key.
  const again = async () => {
    const kept = (await orders.unfinished(owner)).find(({ operation_id }) => operation_id === id);
    if (!kept || kept.withdrawn) return undefined;
    return alone(kept.key, () => orders.send(kept));
  };
  const find = async (signal: AbortSignal): Promise<wire.Operation> => {
    try {
      return await bank.operation(id, signal);
    } catch (reason) {
      const unknown = reason instanceof GivenUp && reason.problem?.code === 'operation-unknown';
      const ordered = unknown ? await again() : undefined;
      if (!ordered) throw reason;
      return ordered;
    }
  };
  const { data, error, reload, put } = useLoad(find, [id], (operation) =>
    operation && isFinal(operation) ? undefined : 3_000,
  );
  // He sees what became of it, and the bank holds it twice: it is not unfinished any more.
  const waits = data?.shown === 'waiting_for_confirmation';
  const seen = data !== undefined && !waits && (isFinal(data) || data.durability === 'accepted');
  useEffect(() => {
    if (!seen) return;
    void orders.unfinished(owner).then((kept) => {
      for (const order of kept) if (order.operation_id === id) void orders.drop(order.key);
    });
  }, [seen, orders, owner, id]);
  if (!data) {
    return (
      <div className="stack wide">
        <Heading back>{t.operation.title}</Heading>
        {error ? (
          <Trouble error={error} retry={reload} />
        ) : (
          <div className="card">
            <Skeleton lines={3} />
          </div>
        )}
      </div>
    );
  }
  return <Operation operation={data} codeSent={codeSent} put={put} again={again} />;
}

interface OperationProps {
  operation: wire.Operation;
  codeSent: boolean | undefined;
  put: (operation: wire.Operation) => void;
  again: () => Promise<wire.Ordered | undefined>;
}

function Operation({ operation, codeSent, put, again }: OperationProps) {
  const { t, f } = useWords();
  const names = useNames();
  const waiting = operation.shown === 'waiting_for_confirmation';
  const { intent, effect } = operation;
  const receipt: [string, string][] = [
    ...rows(t, f, intent.terms, names),
    [t.operation.ordered, f.dayTime(operation.created_at)],
  ];
  if (effect) {
    receipt.push([t.operation.reference, effect.reference]);
    if (effect.foreign_reference) {
      receipt.push([t.operation.foreignReference, effect.foreign_reference]);
    }
    if (effect.debited) receipt.push([t.operation.debited, f.money(effect.debited)]);
    if (effect.credited && effect.adjusted) {
      receipt.push([t.operation.credited, f.money(effect.credited)]);
    }
    if (effect.rate && effect.adjusted && intent.terms.kind === 'currency_exchange') {
      const { sell, buy } = intent.terms;
      receipt.push([t.operation.rateApplied, f.rate(sell.currency, buy.currency, effect.rate)]);
    }
  } else if (!isFinal(operation)) {
    receipt.push([t.review.validUntil, f.dayTime(operation.valid_until)]);
  }
  return (
    <div className="stack wide">
      <div className="stack">
        <Heading back>{waiting ? t.operation.confirmTitle : headline(t, intent.terms)}</Heading>
        {waiting && <Steps at={1} />}
      </div>
      {waiting ? (
        <div className="card stack">
          <p>
            {operation.most && forWhom(intent.terms)
              ? t.operation.confirmLead(f.money(operation.most), forWhom(intent.terms))
              : t.operation.confirmLeadPlain}
          </p>
          <CodeStep operation={operation} codeSent={codeSent} put={put} again={again} />
          <Cancel operation={operation} put={put} />
        </div>
      ) : (
        <State operation={operation} put={put} />
      )}
      {operation.kind === 'cash_code' && operation.state === 'executed' && (
        <Cash id={operation.operation_id} />
      )}
      <section className="card stack" aria-label={t.operation.details}>
        <Facts rows={receipt} />
      </section>
      {!waiting && <After operation={operation} />}
    </div>
  );
}

function State({ operation, put }: Pick<OperationProps, 'operation' | 'put'>) {
  const { t, f, language } = useWords();
  const state = look(operation.shown);
  const adjusted = operation.effect?.adjusted ? operation.effect.debited : undefined;
  const amount = adjusted ?? amountOf(operation.intent.terms);
  const says = message(language, operation);
  return (
    <div className="card stack">
      <div className="hero" role="status" data-shown={operation.shown}>
        <span className={`badge ${state.look === 'good' ? '' : state.look}`}>
          <Icon name={state.icon} size={32} />
        </span>
        <h2>{t.shown[operation.shown]}</h2>
        {amount && <span className="amount">{f.money(amount)}</span>}
        {says && <p className="muted">{says}</p>}
        {!isFinal(operation) && <p className="small muted">{t.operation.next}</p>}
      </div>
      {operation.cancellable && <Cancel operation={operation} put={put} />}
    </div>
  );
}

function Cancel({ operation, put }: Pick<OperationProps, 'operation' | 'put'>) {
  const { t } = useWords();
  const { bank } = useSession();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<GivenUp>();
  if (!operation.cancellable) return null;
  const cancel = () => {
    setBusy(true);
    bank
      .cancel(operation.operation_id)
      .then(put)
      .catch((reason: unknown) =>
        setError(reason instanceof GivenUp ? reason : new GivenUp('unknown')),
      )
      .finally(() => setBusy(false));
  };
  return (
    <>
      {error && <Trouble error={error} />}
      <Button look="plain" busy={busy} busyText={t.operation.cancelling} onClick={cancel}>
        {t.operation.cancelOrder}
      </Button>
    </>
  );
}

function Cash({ id }: { id: string }) {
  const { t, f } = useWords();
  const { bank } = useSession();
  const cash = useLoad((signal) => bank.cashCode(id, signal), [id]);
  if (cash.error) return <Trouble error={cash.error} retry={cash.reload} />;
  if (!cash.data) return <Skeleton lines={1} />;
  return (
    <section className="card hero" aria-label={t.operation.cashCode}>
      <span className="muted">{t.operation.cashCode}</span>
      <span className="big-code">{cash.data.code}</span>
      <p className="muted">{t.operation.cashUntil(f.dayTime(cash.data.expires_at))}</p>
    </section>
  );
}

const CARD_KINDS: wire.OperationKind[] = ['card_freeze', 'card_unfreeze'];

function After({ operation }: { operation: wire.Operation }) {
  const { t } = useWords();
  const { terms } = operation.intent;
  const repeatable = !CARD_KINDS.includes(operation.kind) && isFinal(operation);
  const again = () => navigate(`/pay/${operation.kind}`, { terms, at: operation.operation_id });
  return (
    <div className="stack no-print">
      <div className="row wrap actions">
        <Button look="main" onClick={() => navigate('/')}>
          {t.common.home}
        </Button>
        {repeatable && <Button onClick={again}>{t.operation.again}</Button>}
        {operation.effect && (
          <Button look="plain" onClick={() => window.print()}>
            {t.operation.print}
          </Button>
        )}
      </div>
      {repeatable && operation.state === 'executed' && <SaveTemplate terms={terms} />}
    </div>
  );
}

function SaveTemplate({ terms }: { terms: wire.Terms }) {
  const { t } = useWords();
  const { bank } = useSession();
  const [name, setName] = useState<string>();
  const [saved, setSaved] = useState(false);
  const [error, setError] = useState<GivenUp>();
  if (saved) return <Notice icon="check">{t.operation.templateSaved}</Notice>;
  if (name === undefined) {
    return (
      <div className="row actions">
        <Button look="plain" onClick={() => setName(headline(t, terms))}>
          {t.operation.saveTemplate}
        </Button>
      </div>
    );
  }
  const save = () => {
    bank
      .createTemplate(name, terms)
      .then(() => setSaved(true))
      .catch((reason: unknown) =>
        setError(reason instanceof GivenUp ? reason : new GivenUp('unknown')),
      );
  };
  return (
    <div className="card stack">
      {error && <Trouble error={error} />}
      <TextField label={t.operation.templateName} value={name} onText={setName} maxLength={60} />
      <div className="row wrap">
        <Button look="main slim" onClick={save} disabled={name.trim() === ''}>
          {t.operation.save}
        </Button>
        <Button look="plain slim" onClick={() => setName(undefined)}>
          {t.common.cancel}
        </Button>
      </div>
    </div>
  );
}

/** What he calls his accounts and cards; an operation is shown without them too. */
function useNames(): Map<string, string> {
  const { bank } = useSession();
  const accounts = useLoad((signal) => bank.accounts(signal), []);
  const cards = useLoad((signal) => bank.cards(signal), []);
  return new Map([
    ...(accounts.data?.items ?? []).map(({ account, name }): [string, string] => [account, name]),
    ...(cards.data?.items ?? []).map(({ id, name, last4 }): [string, string] => [
      id,
      `${name} •• ${last4}`,
    ]),
  ]);
}
