/**
 * What was on its way when another block took the session up. Each is shown as the bank knows it
 * and goes by itself when it has ended.
 */
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { isFinal } from '../lib/terms.ts';
import { useSession } from '../session.tsx';
import { Notice } from './basic.tsx';
import { OperationLine } from './operation.tsx';

export function Switched({ operations = [] }: { operations: wire.Operation[] | undefined }) {
  const { t, f } = useWords();
  const { move } = useSession();
  if (!move) return null;
  const before = operations.filter((operation) => {
    const waits = operation.shown === 'waiting_for_confirmation';
    return !isFinal(operation) && !waits && operation.created_at < move.at;
  });
  if (before.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="switched">
      <h2 id="switched">{t.switched.title}</h2>
      <Notice icon="clock">{t.switched.text(f.dayTime(move.at))}</Notice>
      <ul className="card flush list">
        {before.map((operation) => (
          <li key={operation.operation_id}>
            <OperationLine operation={operation} />
          </li>
        ))}
      </ul>
    </section>
  );
}
