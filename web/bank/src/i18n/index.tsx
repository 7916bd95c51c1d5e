/** The language of the page and how it writes numbers. */
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { GivenUp, wire } from '@bulkhead/api-client';
import { format } from '../lib/format.ts';
import type { Format, Language } from '../lib/format.ts';
import { en } from './en.ts';
import type { Texts } from './en.ts';
import * as messages from './messages.ru.ts';
import { ru } from './ru.ts';

const TEXTS: Record<Language, Texts> = { en, ru };

interface Words {
  t: Texts;
  f: Format;
  language: Language;
  setLanguage: (language: Language) => void;
}

const Context = createContext<Words | undefined>(undefined);

function firstLanguage(): Language {
  const kept = localStorage.getItem('language');
  if (kept === 'en' || kept === 'ru') return kept;
  return navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
}

export function WordsProvider({ zone, children }: { zone: string; children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo<Words>(() => {
    const choose = (chosen: Language) => {
      localStorage.setItem('language', chosen);
      setLanguage(chosen);
    };
    return { t: TEXTS[language], f: format(language, zone), language, setLanguage: choose };
  }, [language, zone]);
  return <Context value={value}>{children}</Context>;
}

export function useWords(): Words {
  const words = useContext(Context);
  if (!words) throw new Error('no words around this');
  return words;
}

/** What became of an operation: the bank's own sentence. */
export function message(language: Language, operation: wire.Operation): string {
  if (language === 'en') {
    // The first sentence is the state, which stands above it already.
    const state = en.shown[operation.shown];
    const rest = operation.message.slice(state.length);
    const told = operation.message.startsWith(state) && /^[.:,]/.test(rest);
    const text = told ? rest.replace(/^[.:,]\s*/, '') : operation.message;
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  const sentence = messages.shown[operation.shown];
  const why = operation.reason ? ` ${messages.reasons[operation.reason]}` : '';
  return sentence.replace(/^Выполнено\.$/, '') + why;
}

/** A refusal in words: what happened, what to do, and the code for support. */
export function refusal(t: Texts, error: GivenUp) {
  const { problem, because } = error;
  const words = (problem && t.problems.codes[problem.code]) ?? t.problems.because[because];
  const support = problem?.trace_id?.slice(0, 8);
  return { ...words, support };
}
