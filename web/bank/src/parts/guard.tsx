/** If a page breaks, the customer gets a sentence and a way on instead of nothing. */
import { Component } from 'react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/index.tsx';
import { Button } from './basic.tsx';

export class Guard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useWords();
  return (
    <div className="gate" role="alert">
      <div className="stack">
        <h1>{t.failure.title}</h1>
        <p>{t.failure.text}</p>
        <Button look="main" onClick={() => window.location.assign('/')}>
          {t.failure.reload}
        </Button>
      </div>
    </div>
  );
}
