/** Everything that was ordered, with its real state; looked at again every few seconds. */
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { byDay, usePages } from '../lib/pages.ts';
import { isFinal } from '../lib/terms.ts';
import { Button, Heading, Trouble } from '../parts/basic.tsx';
import { OperationLine } from '../parts/operation.tsx';
import { Skeleton } from '../parts/waiting.tsx';
import { useSession } from '../session.tsx';

export function Operations() {
  const { t, f } = useWords();
  const { bank } = useSession();
  const list = usePages<wire.Operation>(
    (cursor, signal) => bank.operations(cursor, signal),
    ({ operation_id }) => operation_id,
    [],
    (page) => (page?.items.every(isFinal) ? 15_000 : 3_000),
  );
  const { items } = list;
  return (
    <div className="stack wide">
      <Heading>{t.operations.title}</Heading>
      {list.error && <Trouble error={list.error} retry={list.reload} />}
      {!items && !list.error && (
        <div className="card">
          <Skeleton lines={6} />
        </div>
      )}
      {items?.length === 0 && <p className="card muted">{t.operations.empty}</p>}
      {items &&
        byDay(items, ({ created_at }) => f.dayOf(created_at, t.common)).map(([day, of]) => (
          <section key={day} className="stack tight" aria-label={day}>
            <h2 className="day muted">{day}</h2>
            <ul className="card flush list">
              {of.map((operation) => (
                <li key={operation.operation_id}>
                  <OperationLine operation={operation} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      {list.more && (
        <Button onClick={list.more} busy={list.busy}>
          {t.common.more}
        </Button>
      )}
    </div>
  );
}
