/** Light, dark, or as the device has it. Kept in this browser; nothing secret. */
export type Theme = 'device' | 'light' | 'dark';

export function theme(): Theme {
  const kept = localStorage.getItem('theme');
  return kept === 'light' || kept === 'dark' ? kept : 'device';
}

export function setTheme(theme: Theme): void {
  if (theme === 'device') localStorage.removeItem('theme');
  else localStorage.setItem('theme', theme);
  showTheme();
}

export function showTheme(): void {
  const chosen = theme();
  if (chosen === 'device') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
