/** The other product lists: a line each, and a calm sentence where a system does not answer. */
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import type { Texts } from '../i18n/en.ts';
import type { Format } from '../lib/format.ts';
import { useNow } from '../lib/load.ts';
import { Skeleton } from './waiting.tsx';

/** Older than this is no longer "now". */
const LIVE_MS = 60_000;

/** When the data are from, where that is not now. */
export function AsOf({ section }: { section: wire.Section | undefined }) {
  const { t, f } = useWords();
  const now = useNow(15_000);
  if (!section?.as_of || now - Date.parse(section.as_of) < LIVE_MS) return null;
  return <span className="small muted">{t.common.asOf(f.time(section.as_of))}</span>;
}

/** Accounts and cards have a place of their own. */
function isOther(section: wire.Section): section is wire.ProductsSection {
  return section.list !== 'accounts' && section.list !== 'cards';
}

export function OtherSections({ sections }: { sections: wire.Section[] | undefined }) {
  const { t } = useWords();
  if (!sections) {
    return (
      <div className="card">
        <Skeleton lines={4} quiet />
      </div>
    );
  }
  const others = sections.filter(isOther);
  // What he has comes before what he could have, and before what cannot be said.
  const rest = others.filter((section) => isAway(section) || isEmpty(section));
  return (
    <ul className="others">
      {others
        .filter((section) => !rest.includes(section))
        .map((section) => (
          <li key={section.list} className="card section-line">
            <OtherSection section={section} />
          </li>
        ))}
      {rest.length > 0 && (
        <li className="card">
          <ul className="stack">
            {rest.map((section) => (
              <li key={section.list} className="row apart">
                <h3>{t.lists[section.list]}</h3>
                <span className="small muted">
                  {isAway(section) ? t.home.away : t.home.nothing}
                </span>
              </li>
            ))}
          </ul>
        </li>
      )}
    </ul>
  );
}

export function isAway(section: wire.Section): boolean {
  return section.status === 'unavailable';
}

function isEmpty(section: wire.Section): boolean {
  return section.status === 'live' && section.items.length === 0;
}

function OtherSection({ section }: { section: wire.ProductsSection }) {
  const { t, f } = useWords();
  const title = t.lists[section.list];
  return (
    <>
      <div className="row apart">
        <h3>{title}</h3>
        <AsOf section={section} />
      </div>
      <ul className="stack tight">
        {section.items.map((item) => (
          <li key={item.id}>
            <span>
              <span>{item.name}</span>
              <span className="small muted more">{more(t, f, item)}</span>
            </span>
            <span className="number nowrap">{value(t, f, item)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function money(value: unknown): wire.Money | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return 'amount' in value && 'currency' in value ? (value as wire.Money) : undefined;
}

/** The figure of an item, whichever it has. */
function value(t: Texts, f: Format, item: wire.OtherProduct): string {
  const of = ['balance', 'outstanding', 'debt', 'amount', 'price', 'most', 'insured'];
  for (const field of of) {
    const found = money(item[field]);
    if (found) return f.money(found);
  }
  if (typeof item.points === 'number') return t.items.points(f.number(item.points));
  if (typeof item.score === 'number') return t.items.score(f.number(item.score));
  return '';
}

/** The date or rate that matters. */
function more(t: Texts, f: Format, item: wire.OtherProduct): string {
  const says: string[] = [];
  const gain = money(item.gain);
  const on = (field: string, words: (day: string) => string) => {
    const at = item[field];
    if (typeof at === 'string') says.push(words(f.day(at)));
  };
  if (typeof item.rate_bp === 'number') says.push(t.items.aYear(f.percent(item.rate_bp)));
  on('matures_on', t.items.matures);
  on('next_payment_on', t.items.nextPayment);
  on('due_on', t.items.due);
  on('until', t.items.until);
  if (gain) says.push(t.items.gain(f.change(gain)));
  return says.join(' · ');
}
