/** Cards, with their freeze. */
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { Link } from './basic.tsx';
import { Icon } from './icons.tsx';
import { Skeleton } from './waiting.tsx';

export function Plastics({ section }: { section: wire.CardsSection | undefined }) {
  const { t } = useWords();
  if (!section) {
    return (
      <div className="card">
        <Skeleton lines={2} quiet />
      </div>
    );
  }
  if (section.status === 'unavailable') {
    return <p className="card muted">{t.home.unavailable}</p>;
  }
  if (section.items.length === 0) return <p className="card muted">{t.home.nothing}</p>;
  return (
    <ul className="plastics">
      {section.items.map((card) => (
        <Plastic key={card.id} card={card} />
      ))}
    </ul>
  );
}

function Plastic({ card }: { card: wire.Card }) {
  const { t, f } = useWords();
  const name = `${card.name} •• ${card.last4}`;
  const frozen = card.frozen;
  return (
    <li className={frozen ? 'plastic frozen' : 'plastic'}>
      <div className="row apart">
        <span className="name">{card.name}</span>
        {frozen && (
          <span className="row tight">
            <Icon name="snow" size={20} />
            {t.cards.frozen}
          </span>
        )}
      </div>
      <div className="row apart wrap">
        <span className="stack tight">
          <span className="digits">•••• {card.last4}</span>
          <span className="tiny number">{t.cards.expires(f.expiry(card.expires))}</span>
        </span>
        <Link
          to="/card"
          state={{ id: card.id, name, freeze: !frozen }}
          className="button slim"
          label={frozen ? t.cards.unfreezeOf(name) : t.cards.freezeOf(name)}
        >
          {frozen ? t.cards.unfreeze : t.cards.freeze}
        </Link>
      </div>
    </li>
  );
}
