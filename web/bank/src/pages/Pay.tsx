/** What can be ordered, and what was kept to be ordered again. */
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useLoad } from '../lib/load.ts';
import { KIND_ICONS, amountOf, forWhom } from '../lib/terms.ts';
import { Heading, Link } from '../parts/basic.tsx';
import { Icon } from '../parts/icons.tsx';
import { Unfinished } from '../parts/unfinished.tsx';
import { useSession } from '../session.tsx';

const KINDS = [
  'customer_transfer',
  'own_transfer',
  'bill_payment',
  'mobile_topup',
  'currency_exchange',
  'deposit_open',
  'cash_code',
] as const;

export function Pay() {
  const { t } = useWords();
  const { bank } = useSession();
  const templates = useLoad((signal) => bank.templates(signal), []);
  return (
    <div className="stack wide">
      <Heading>{t.pay.title}</Heading>
      <Unfinished waiting={[]} />
      <ul className="menu">
        {KINDS.map((kind) => (
          <li key={kind}>
            <Link to={`/pay/${kind}`} className="card">
              <span className="badge">
                <Icon name={KIND_ICONS[kind]} />
              </span>
              <span className="grow">
                <span className="name">{t.pay[kind].title}</span>
                <span className="small muted more">{t.pay[kind].hint}</span>
              </span>
              <Icon name="chevron" size={20} />
            </Link>
          </li>
        ))}
      </ul>
      {templates.data && templates.data.length > 0 && (
        <Templates templates={templates.data} gone={templates.reload} />
      )}
    </div>
  );
}

function Templates({ templates, gone }: { templates: wire.Template[]; gone: () => void }) {
  const { t, f } = useWords();
  const { bank } = useSession();
  const remove = (id: string) => {
    // If it did not work the list still shows it.
    void bank.removeTemplate(id).then(gone, gone);
  };
  return (
    <section className="stack" aria-labelledby="templates">
      <h2 id="templates">{t.pay.templates}</h2>
      <ul className="card flush list">
        {templates.map(({ template_id, name, terms }) => {
          const amount = amountOf(terms);
          return (
            <li key={template_id} className="row template">
              <Link to={`/pay/${terms.kind}`} state={{ terms, at: template_id }} className="item">
                <span className="badge">
                  <Icon name={KIND_ICONS[terms.kind]} />
                </span>
                <span className="grow stack tight">
                  <span className="name">{name}</span>
                  <span className="small muted">{forWhom(terms)}</span>
                </span>
                {amount && <span className="number nowrap">{f.money(amount)}</span>}
              </Link>
              <button
                type="button"
                className="icon-button"
                aria-label={t.pay.removeTemplate(name)}
                onClick={() => remove(template_id)}
              >
                <Icon name="bin" size={20} />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
