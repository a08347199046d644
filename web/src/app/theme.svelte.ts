// System, light or dark: an attribute on <html> that tokens.css reads. Kept in the profile, and here for the first paint.
import type { Theme } from '../lib/api';

const STORED = 'postmypost.theme';

let current = $state<Theme>('system');

export const theme = {
  get current(): Theme {
    return current;
  },
};

export function useTheme(next: Theme): void {
  current = next;
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Storage may be forbidden; the profile still has it.
  }
}

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
