/** Nobody there, in no tab: a warning a minute before the session ends, then out. */
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/index.tsx';
import { lastTouched, touched } from '../lib/tabs.ts';
import { useSession } from '../session.tsx';
import { Button } from './basic.tsx';

const WARN_S = 60;
const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export function IdleWatch({ seconds }: { seconds: number }) {
  const { t } = useWords();
  const { signOut } = useSession();
  const last = useRef(Date.now());
  const dialog = useRef<HTMLDialogElement>(null);
  const [left, setLeft] = useState<number>();
  const warned = left !== undefined;

  useEffect(() => {
    const seen = () => {
      if (dialog.current?.open) return;
      last.current = Date.now();
      touched(last.current);
    };
    for (const sign of SIGNS) window.addEventListener(sign, seen, { passive: true });
    const timer = setInterval(() => {
      const quiet = (Date.now() - Math.max(last.current, lastTouched())) / 1_000;
      const rest = Math.ceil(seconds - quiet);
      setLeft(rest <= Math.min(WARN_S, seconds / 2) ? Math.max(0, rest) : undefined);
    }, 1_000);
    return () => {
      for (const sign of SIGNS) window.removeEventListener(sign, seen);
      clearInterval(timer);
    };
  }, [seconds]);
  useEffect(() => {
    if (warned) dialog.current?.showModal();
    else dialog.current?.close();
  }, [warned]);
  useEffect(() => {
    // The session is over at the bank too, or soon will be: an error changes nothing.
    if (left === 0) void signOut().catch(() => undefined);
  }, [left, signOut]);

  const stay = () => {
    last.current = Date.now();
    touched(last.current);
    setLeft(undefined);
  };
  return (
    <dialog ref={dialog} aria-labelledby="idle-title" onClose={stay}>
      <div className="stack">
        <h2 id="idle-title">{t.idle.title}</h2>
        <p className="number">{t.idle.text(left ?? 0)}</p>
        <div className="row wrap">
          <Button look="main" onClick={stay}>
            {t.idle.stay}
          </Button>
          <Button look="plain" onClick={() => void signOut().catch(() => undefined)}>
            {t.idle.leave}
          </Button>
        </div>
      </div>
    </dialog>
  );
}
