/**
 * Form, then review, each with its own place in the browser's history. The form stays as it was
 * while the review is looked at; once an order is on its way, going back does not bring it again.
 */
import { useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { navigate } from '../lib/route.ts';
import { FORMS } from '../forms/index.ts';
import { Button, Heading, Notice, Trouble } from '../parts/basic.tsx';
import { Review } from '../parts/review.tsx';
import { Steps } from '../parts/steps.tsx';
import { Switched } from '../parts/switched.tsx';
import { Unfinished } from '../parts/unfinished.tsx';
import { Patience, Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

interface Props {
  kind: string;
  state: Record<string, unknown>;
}

export function PayFlow({ kind, state }: Props) {
  const { t } = useWords();
  const { bank } = useSession();
  const accounts = useLoad((signal) => bank.accounts(signal), []);
  const [review, setReview] = useState<wire.Review>();
  const [held, setHeld] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<GivenUp>();

  const Form = FORMS[kind];
  if (!Form) return <Heading back>{t.pay.title}</Heading>;
  const title = t.pay[kind as wire.OperationKind].title;
  const ask = (draft: wire.Draft) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    bank
      .review(draft)
      .then((review) => {
        setReview(review);
        navigate(`/pay/${kind}`, { ...state, step: 'review' });
      })
      .catch((reason: unknown) =>
        setError(reason instanceof GivenUp ? reason : new GivenUp('unknown')),
      )
      .finally(() => setBusy(false));
  };
  const reviewing = review !== undefined && (held || state.step === 'review');
  const changeIt = () => {
    setReview(undefined);
    setHeld(false);
    // From the review's place in the history; he may have gone back from there already.
    if (state.step === 'review') window.history.back();
  };
  const away = accounts.data?.status === 'unavailable';
  const open = accounts.data?.items.filter(({ open }) => open);
  const names = new Map(open?.map(({ account, name }) => [account, name]));
  return (
    <div className="stack wide">
      <div className="stack">
        <Heading back>{title}</Heading>
        <Steps at={reviewing ? 1 : 0} />
      </div>
      {reviewing && (
        <Review
          key={review.intent.valid_until}
          review={review}
          names={names}
          change={changeIt}
          hold={setHeld}
        />
      )}
      {!reviewing && <Switched />}
      {!reviewing && <Unfinished waiting={[]} />}
      <div className="stack" hidden={reviewing}>
        {away && (
          <Notice look="warn">
            <span>{t.form.accountsAway}</span>
            <span>
              <Button look="slim" onClick={accounts.reload}>
                {t.common.tryAgain}
              </Button>
            </span>
          </Notice>
        )}
        {accounts.error && !open && <Trouble error={accounts.error} retry={accounts.reload} />}
        {!open && !accounts.error && <Skeleton lines={3} />}
        {open && !away && (
          <Form
            accounts={open}
            terms={state.terms as wire.Terms | undefined}
            busy={busy}
            error={error}
            submit={ask}
          />
        )}
        {busy && <Patience />}
      </div>
    </div>
  );
}
