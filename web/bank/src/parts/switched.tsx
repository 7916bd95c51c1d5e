/**
 * What the customer is told while another block has taken his session up and something of his may
 * be missing: the block's own words, computed from facts about him and gone by themselves; what was
 * on its way; and what he is asked about before anything is done with it.
 */
import { useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { amountOf, headline, isFinal } from '../lib/terms.ts';
import { useSession } from '../session.tsx';
import { Button, Notice, Trouble } from './basic.tsx';
import { Icon } from './icons.tsx';
import { OperationLine } from './operation.tsx';
import { useBlock } from './waiting.tsx';

const OFTEN_MS = 4_000;
const SELDOM_MS = 30_000;

interface Props {
  operations?: wire.Operation[] | undefined;
}

export function Switched({ operations = [] }: Props) {
  const { t, f } = useWords();
  const { bank, move } = useSession();
  const block = useBlock();
  const { data, reload } = useLoad(
    (signal) => bank.notice(signal),
    [block],
    (told) => (told === undefined || isQuiet(told) ? SELDOM_MS : OFTEN_MS),
  );
  const { questions = [], being_checked = [] } = data ?? {};
  const listed = new Set([...questions, ...being_checked].map((one) => one.operation_id));
  // What the page knows to have been on its way, beside what the block tells.
  const others = operations.filter((one) => {
    const waits = one.shown === 'waiting_for_confirmation';
    const before = move !== undefined && one.created_at < move.at;
    return before && !isFinal(one) && !waits && !listed.has(one.operation_id);
  });
  const checked = [...being_checked, ...others];
  if (questions.length === 0 && checked.length === 0 && (!data || isQuiet(data))) return null;
  return (
    <section className="stack" aria-labelledby="switched">
      <h2 id="switched">{checked.length > 0 ? t.switched.title : t.switched.titleOnly}</h2>
      <Notice icon="clock">
        {data?.notice && <span>{t.switched.notices[data.notice]}</span>}
        {data && data.view !== 'complete' && <span>{t.switched.views[data.view]}</span>}
        {checked.length > 0 && move && <span>{t.switched.text(f.dayTime(move.at))}</span>}
        {checked.length > 0 && !move && <span>{t.switched.once}</span>}
        {checked.length === 0 && !data?.notice && <span>{t.switched.asked}</span>}
      </Notice>
      {questions.map((operation) => (
        <Question key={operation.operation_id} operation={operation} answered={reload} />
      ))}
      {checked.length > 0 && (
        <ul className="card flush list">
          {checked.map((operation) => (
            <li key={operation.operation_id}>
              <OperationLine operation={operation} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function isQuiet({ notice, view, being_checked, questions }: wire.NoticeView): boolean {
  const open = being_checked.length + questions.length;
  return !notice && view === 'complete' && open === 0;
}

interface QuestionProps {
  operation: wire.Operation;
  answered: () => void;
}

/** Nothing is done with it before he has answered: he may have ordered it again meanwhile. */
function Question({ operation, answered }: QuestionProps) {
  const { t, f } = useWords();
  const { bank } = useSession();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<GivenUp>();
  const { question, intent } = operation;
  if (!question) return null;
  const amount = amountOf(intent.terms);
  const answer = (execute: boolean) => {
    setBusy(true);
    setError(undefined);
    bank
      .answer(operation.operation_id, question, execute)
      .then(answered)
      .catch((reason: unknown) =>
        setError(reason instanceof GivenUp ? reason : new GivenUp('unknown')),
      )
      .finally(() => setBusy(false));
  };
  return (
    <article className="card stack unfinished">
      <div className="row">
        <span className="badge warn">
          <Icon name="question" />
        </span>
        <div className="grow">
          <h3>{headline(t, intent.terms)}</h3>
          <p className="small muted">{t.unfinished.sentAt(f.dayTime(operation.created_at))}</p>
        </div>
        {amount && <span className="sum">{f.money(amount)}</span>}
      </div>
      <p>{question.asked > 0 ? t.switched.stillMeant : t.switched.cancelMeant}</p>
      {error && <Trouble error={error} />}
      <div className="row wrap">
        <Button look="main slim" busy={busy} onClick={() => answer(true)}>
          {t.switched.doIt}
        </Button>
        <Button look="slim" busy={busy} onClick={() => answer(false)}>
          {t.switched.cancelIt}
        </Button>
      </div>
    </article>
  );
}
