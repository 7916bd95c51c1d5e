/**
 * The demonstration's corner: which block serves this page, what it is, how the connection is, and
 * what has changed. Only where the router says that this is a demonstration.
 */
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/index.tsx';
import { useSession } from '../session.tsx';
import { Icon } from './icons.tsx';
import { useConnection } from './waiting.tsx';

/** Changes that are kept in sight. */
const KEPT = 6;

interface Change {
  at: number;
  text: string;
}

export function DemoCorner() {
  const { bootstrap } = useSession();
  return bootstrap.demo ? <Corner /> : null;
}

function Corner() {
  const { t, f } = useWords();
  const { client } = useSession();
  const { phase } = useConnection();
  const { block = '', role = '' } = client.place ?? {};
  const [open, setOpen] = useState(false);
  const changes = useChanges(block === '' ? '' : `${block} · ${t.demo.phases[phase]}`);
  const what = t.demo.roles[role as keyof typeof t.demo.roles] ?? role;
  const good = phase === 'connected';
  return (
    <aside className="demo" aria-label={t.demo.title}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={`dot ${good ? '' : 'warn'}`} aria-hidden="true">
          <Icon name={good ? 'check' : 'clock'} size={14} />
        </span>
        <span>
          <strong>{block}</strong> {what && `· ${what}`} · {t.demo.phases[phase]}
        </span>
      </button>
      {open && (
        <ol className="small number">
          {changes.map(({ at, text }, index) => (
            <li key={`${at} ${index}`}>
              {f.seconds(at)} {text}
            </li>
          ))}
        </ol>
      )}
    </aside>
  );
}

function useChanges(now: string): Change[] {
  const changes = useRef<Change[]>([]);
  const [, show] = useState(0);
  useEffect(() => {
    if (now === '') return;
    changes.current = [...changes.current, { at: Date.now(), text: now }].slice(-KEPT);
    show((n) => n + 1);
  }, [now]);
  return changes.current;
}
