/** A handful of line icons. They never stand for a word alone: text or a label is beside them. */
const PATHS = {
  home: 'M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5.5h-5V20H5a1 1 0 0 1-1-1z',
  pay: 'M4 8h14l-3.5-3.5M20 16H6l3.5 3.5',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  gear: 'M5 7h9M18 7h1M5 17h1M10 17h9M16 5v4M8 15v4',
  wallet:
    'M4 7.5A1.5 1.5 0 0 1 5.5 6H18v3M4 7.5V18a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1V10' +
    'a1 1 0 0 0-1-1H5.5A1.5 1.5 0 0 1 4 7.5M16 14h.01',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c1-4 4-6 7.5-6s6.5 2 7.5 6',
  bill: 'M7 3.5h10V20l-2.5-1.5L12 20l-2.5-1.5L7 20zM10 8h4M10 12h4',
  phone: 'M8 3.5h8a1 1 0 0 1 1 1v15a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1M11 17.5h2',
  exchange:
    'M5 9a7.5 7.5 0 0 1 13-2l1.5 2M19.5 4.5V9H15M19 15a7.5 7.5 0 0 1-13 2l-1.5-2M4.5 19.5V15H9',
  deposit: 'M4 19.5h16M6.5 16v-5M12 16V5M17.5 16V8.5',
  cash: 'M4 7h16v10H4zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M7 12h.01M17 12h.01',
  snow: 'M12 3.5v17M4.6 7.75l14.8 8.5M19.4 7.75l-14.8 8.5',
  card: 'M4 6.5h16v11H4zM4 10.5h16M7.5 14.5h3',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M12 8v4.5l3 1.5',
  question:
    'M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.9.5-1.2 1-1.2 2M12 17h.01' +
    'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17',
  cross: 'm6.5 6.5 11 11M17.5 6.5l-11 11',
  alert: 'M12 8.5v4.5M12 16.5h.01M12 4 3.5 19h17z',
  info: 'M12 11v5M12 8h.01M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17',
  back: 'm14.5 5.5-6.5 6.5 6.5 6.5',
  chevron: 'm9.5 5.5 6.5 6.5-6.5 6.5',
  eye: 'M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  screen: 'M4 5.5h16v10.5H4zM9 19.5h6M12 16v3.5',
  out: 'M14 8V5.5a1 1 0 0 0-1-1H6a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V16M10 12h10M17 9l3 3-3 3',
  bin: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" fill="currentColor" />
      <path
        d="M9 8v16M16 8v16M23 8v16"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <path
        d="M6 19.5c3.3-2.4 6.7-2.4 10 0s6.7 2.4 10 0"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
    </svg>
  );
}
