// Words of the interface: ICU messages in src/locales/<language>/<area>.json, `t('area.key', { count: 3 })`.
// Reading t() in a template follows the language: switching it re-renders.
import { IntlMessageFormat } from 'intl-messageformat';
import type { Locale } from '../api/contract';

export type Args = Record<string, string | number | undefined>;
export type Messages = Record<string, Record<string, string>>;

const STORED = 'postmypost.locale';
const load: Record<Locale, () => Promise<{ default: Messages }>> = {
  ru: () => import('../../locales/ru'),
  en: () => import('../../locales/en'),
};

let current = $state<Locale>('ru');
let messages = $state.raw<Messages>({});
let formats = new Map<string, IntlMessageFormat>();

export const i18n = {
  get locale(): Locale {
    return current;
  },
};

// The first language of the browser that we speak; Russian for its neighbours, English for the rest.
export function preferredLocale(): Locale {
  const stored = read();
  if (stored) return stored;
  for (const language of navigator.languages ?? [navigator.language]) {
    const base = language.toLowerCase().split('-')[0] ?? '';
    if (['ru', 'be', 'kk', 'ky', 'uz', 'tg'].includes(base)) return 'ru';
    if (base === 'en') return 'en';
  }
  return 'en';
}

export async function useLocale(locale: Locale): Promise<void> {
  const loaded = (await load[locale]()).default;
  formats = new Map();
  messages = loaded;
  current = locale;
  document.documentElement.lang = locale;
  try {
    localStorage.setItem(STORED, locale);
  } catch {
    // Storage may be forbidden; the choice then lives until reload.
  }
}

export function has(key: string): boolean {
  return find(key) !== undefined;
}

export function t(key: string, args?: Args): string {
  const text = find(key);
  if (text === undefined) return key;
  if (!text.includes('{')) return text;
  let format = formats.get(key);
  if (!format) {
    format = new IntlMessageFormat(text, current, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(args));
}

function find(key: string): string | undefined {
  const dot = key.indexOf('.');
  return messages[key.slice(0, dot)]?.[key.slice(dot + 1)];
}

function read(): Locale | undefined {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'ru' || stored === 'en' ? stored : undefined;
  } catch {
    return undefined;
  }
}
