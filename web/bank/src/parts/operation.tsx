/** An operation as a line of a list. */
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { KIND_ICONS, amountOf, headline, look } from '../lib/terms.ts';
import { Link } from './basic.tsx';
import { Icon } from './icons.tsx';

export function OperationLine({ operation }: { operation: wire.Operation }) {
  const { t, f } = useWords();
  const { terms } = operation.intent;
  const amount = amountOf(terms);
  const state = look(operation.shown);
  const title = headline(t, terms);
  const kind = t.kinds[operation.kind];
  return (
    <Link to="/operation" state={{ id: operation.operation_id }} className="item">
      <span className={`badge ${state.look === 'good' ? '' : state.look}`}>
        <Icon name={KIND_ICONS[operation.kind]} />
      </span>
      <span className="grow stack tight">
        <span className="name">{title}</span>
        <span className="small muted">
          {title === kind ? '' : `${kind} · `}
          {f.time(operation.created_at)}
        </span>
      </span>
      {amount && <span className="end number nowrap">{f.money(amount)}</span>}
      {operation.shown !== 'done' && (
        <span className="state">
          <StateChip shown={operation.shown} />
        </span>
      )}
    </Link>
  );
}

export function StateChip({ shown }: { shown: wire.Shown }) {
  const { t } = useWords();
  const state = look(shown);
  return (
    <span className={`chip ${state.look}`}>
      <Icon name={state.icon} size={16} />
      {t.shown[shown]}
    </span>
  );
}
