/** Language and colours. */
import { useId, useState } from 'react';
import { useWords } from '../i18n/index.tsx';
import type { Language } from '../lib/format.ts';
import { setTheme, theme } from '../lib/theme.ts';
import type { Theme } from '../lib/theme.ts';

interface Props<T extends string> {
  label: string;
  hideLabel?: boolean;
  value: T;
  options: [T, string][];
  onChoose: (value: T) => void;
}

/** One of a few, as a row of radio buttons. */
export function Segments<T extends string>(props: Props<T>) {
  const { label, hideLabel, value, options, onChoose } = props;
  const name = useId();
  return (
    <fieldset className="plain-set stack tight">
      <legend className={hideLabel ? 'hidden' : 'label'}>{label}</legend>
      <div className="segments">
        {options.map(([option, text]) => (
          <label key={option}>
            <input
              type="radio"
              name={name}
              checked={option === value}
              onChange={() => onChoose(option)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function LanguageSwitch({ labelled = false }: { labelled?: boolean }) {
  const { t, language, setLanguage } = useWords();
  const options: [Language, string][] = labelled
    ? [
        ['en', 'English'],
        ['ru', 'Русский'],
      ]
    : [
        ['en', 'EN'],
        ['ru', 'RU'],
      ];
  return (
    <Segments
      label={t.settings.language}
      hideLabel={!labelled}
      value={language}
      options={options}
      onChoose={setLanguage}
    />
  );
}

export function ThemeSwitch() {
  const { t } = useWords();
  const [chosen, setChosen] = useState(theme);
  const options: [Theme, string][] = [
    ['device', t.settings.device],
    ['light', t.settings.light],
    ['dark', t.settings.dark],
  ];
  return (
    <Segments
      label={t.settings.theme}
      value={chosen}
      options={options}
      onChoose={(value) => {
        setTheme(value);
        setChosen(value);
      }}
    />
  );
}
