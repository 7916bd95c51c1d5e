/** Small parts of every page. */
import { useEffect, useId, useRef } from 'react';
import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactNode } from 'react';
import type { GivenUp, wire } from '@bulkhead/api-client';
import { refusal, useWords } from '../i18n/index.tsx';
import { navigate } from '../lib/route.ts';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: string;
  busy?: boolean;
  busyText?: string;
};

/** A button that says what it is doing and cannot be pressed twice meanwhile. */
export function Button({ look = '', busy = false, busyText, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button ${look}`}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {busy && <span className="spinner" aria-hidden="true" />}
      {busy && busyText ? busyText : children}
    </button>
  );
}

interface LinkProps {
  to: string;
  state?: Record<string, unknown>;
  className?: string;
  current?: boolean;
  label?: string;
  children: ReactNode;
}

export function Link({ to, state, className, current, label, children }: LinkProps) {
  return (
    <a
      href={to}
      className={className}
      aria-current={current ? 'page' : undefined}
      aria-label={label}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        navigate(to, state);
      }}
    >
      {children}
    </a>
  );
}

/** The page's name: read out and focused when the customer arrives. */
export function Heading({ children, back }: { children: string; back?: boolean }) {
  const { t } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · ${t.bank}`;
    heading.current?.focus({ preventScroll: true });
  }, [children, t.bank]);
  return (
    <div className="row head">
      {back && (
        <button
          type="button"
          className="icon-button"
          aria-label={t.common.back}
          onClick={() => window.history.back()}
        >
          <Icon name="back" />
        </button>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
    </div>
  );
}

/** An amount, its minor units quieter. */
export function Sum({ money, className = 'sum' }: { money: wire.Money; className?: string }) {
  const { f } = useWords();
  return (
    <span className={className}>
      {f.parts(money).map((part, index) =>
        part.type === 'fraction' || part.type === 'decimal' ? (
          <span key={index} className="minor">
            {part.value}
          </span>
        ) : (
          part.value
        ),
      )}
    </span>
  );
}

interface NoticeProps {
  look?: 'info' | 'warn' | 'bad';
  icon?: IconName;
  children: ReactNode;
  /** Read out at once. */
  urgent?: boolean;
}

export function Notice({ look = 'info', icon, children, urgent }: NoticeProps) {
  return (
    <div className={`notice ${look}`} role={urgent ? 'alert' : 'status'}>
      <Icon name={icon ?? (look === 'info' ? 'info' : 'alert')} size={22} />
      <div className="stack tight grow">{children}</div>
    </div>
  );
}

interface TroubleProps {
  error: GivenUp;
  retry?: () => void;
  /** More about it. */
  children?: ReactNode;
}

/** A refusal: what happened, what to do, the code for support. */
export function Trouble({ error, retry, children }: TroubleProps) {
  const { t } = useWords();
  const { title, advice, support } = refusal(t, error);
  // Nobody answered: that is nothing he has done, and nothing is lost.
  const calm = error.because === 'unreachable' || error.because === 'later';
  return (
    <Notice {...(calm ? { look: 'warn', icon: 'clock' } : { look: 'bad', urgent: true })}>
      <strong>{title}</strong>
      <span>{advice}</span>
      {children}
      {support && <span className="tiny muted number">{t.common.support(support)}</span>}
      {retry && (
        <span>
          <Button look="slim" onClick={retry}>
            {t.common.tryAgain}
          </Button>
        </span>
      )}
    </Notice>
  );
}

interface FieldProps {
  label: string;
  hint?: ReactNode | undefined;
  error?: string | undefined;
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode;
}

/** A labelled field with its hint and what is wrong with it. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described.length > 0 ? { 'aria-describedby': described.join(' ') } : {}),
        ...(error ? { 'aria-invalid': true } : {}),
      })}
      {hint && (
        <span id={`${id}-hint`} className="small muted">
          {hint}
        </span>
      )}
      {error && (
        <span id={`${id}-error`} className="error">
          <Icon name="alert" size={20} />
          {error}
        </span>
      )}
    </div>
  );
}

type TextProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & {
  label: string;
  hint?: ReactNode | undefined;
  error?: string | undefined;
  onText: (text: string) => void;
  affix?: ReactNode;
};

export function TextField({ label, hint, error, onText, affix, className, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <div className="affixed">
          <input
            type="text"
            {...rest}
            {...ids}
            className={`input ${className ?? ''}`}
            onChange={(event) => onText(event.target.value)}
          />
          {affix && <span className="affix">{affix}</span>}
        </div>
      )}
    </Field>
  );
}

/** Name and value, line by line. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
