/** How far an order has come. */
import { useWords } from '../i18n/index.tsx';

export function Steps({ at }: { at: 0 | 1 | 2 }) {
  const { t } = useWords();
  const names = [t.steps.form, t.steps.review, t.steps.result];
  return (
    <ol className="steps" aria-label={t.steps.label}>
      {names.map((name, index) => (
        <li
          key={name}
          className={index < at ? 'done' : ''}
          aria-current={index === at ? 'step' : undefined}
        >
          {name}
        </li>
      ))}
    </ol>
  );
}
