/** Freezing a card, or using it again: reviewed like every order. */
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { Heading, Notice, Trouble } from '../parts/basic.tsx';
import { Review } from '../parts/review.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

export function CardPage({ state }: { state: Record<string, unknown> }) {
  const { t } = useWords();
  const { bank } = useSession();
  const freeze = state.freeze === true;
  const card_id = String(state.id ?? '');
  const names = new Map([[card_id, String(state.name ?? '')]]);
  const kind = freeze ? 'card_freeze' : 'card_unfreeze';
  const review = useLoad(() => bank.review({ kind, card_id }), [card_id, freeze]);
  return (
    <div className="stack wide">
      <Heading back>{freeze ? t.cards.freezeTitle : t.cards.unfreezeTitle}</Heading>
      <Notice icon={freeze ? 'snow' : 'card'}>
        <span>{freeze ? t.cards.freezeText : t.cards.unfreezeText}</span>
      </Notice>
      {review.error && !review.data && <Trouble error={review.error} retry={review.reload} />}
      {!review.data && !review.error && <Skeleton lines={1} />}
      {review.data && (
        <Review review={review.data} names={names} change={() => window.history.back()} />
      )}
    </div>
  );
}
