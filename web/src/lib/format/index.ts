// Dates, numbers and names as text, always in a named zone. The only place beside lib/zones that makes a Date.
import { i18n } from '../i18n/index.svelte';
import { russianCities } from './zones.ru';

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = i18n.locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(i18n.locale === 'ru' ? 'ru-RU' : 'en-GB', options);
    formats.set(key, format);
  }
  return format;
}

export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

// What this device's own clock calls `wallTime` ("2026-11-24T12:30"), as an instant.
export function ofThisDevice(wallTime: string): string {
  return new Date(wallTime).toISOString();
}
export function now(): string {
  return new Date().toISOString();
}

// "24 ноября 2026 г." is long for a row: the year is left out when it is this one.
export function date(instant: string, zone = browserZone()): string {
  const at = new Date(instant);
  const year = (moment: Date) => dateFormat({ year: 'numeric', timeZone: zone }).format(moment);
  const same = year(at) === year(new Date());
  return dateFormat({ day: 'numeric', month: 'long', timeZone: zone, ...(same ? {} : { year: 'numeric' }) })
    .format(at)
    .replace(' г.', '');
}

export function time(instant: string, zone = browserZone()): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(new Date(instant));
}

export function dateTime(instant: string, zone = browserZone()): string {
  return `${date(instant, zone)}, ${time(instant, zone)}`;
}

// A calendar date without a time: "2026-11-24".
export function day(isoDate: string): string {
  return dateFormat({ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
    .format(new Date(`${isoDate}T00:00:00Z`))
    .replace(' г.', '');
}

// "ноябрь 2026" for the month "2026-11".
export function monthName(month: string): string {
  return dateFormat({ month: 'long', year: 'numeric', timeZone: 'UTC' })
    .format(new Date(`${month}-15T00:00:00Z`))
    .replace(' г.', '');
}

// The name of the weekday of an ISO date, short for a narrow head and long for those who listen.
export function weekday(isoDate: string, length: 'short' | 'long'): string {
  return dateFormat({ weekday: length, timeZone: 'UTC' }).format(new Date(`${isoDate}T12:00:00Z`));
}

// What people call a zone: "Europe/Moscow" is "Moscow", and «Москва» in Russian.
export function zoneCity(zone: string): string {
  const city = (zone.split('/').pop() ?? zone).replaceAll('_', ' ');
  return i18n.locale === 'ru' ? (russianCities.get(zone) ?? city) : city;
}

// "GMT+3" now, for lists of zones.
export function zoneOffset(zone: string): string {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(
      new Date(),
    );
    return (parts.find((part) => part.type === 'timeZoneName')?.value ?? '').replace('GMT', 'UTC').replace('-', '−');
  } catch {
    return '';
  }
}

export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => [...word.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? '')
    .join('')
    .toLocaleUpperCase(i18n.locale);
}

// "1.4 MB": of an archive, for people.
export function fileSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let at = 0;
  let size = bytes;
  for (; size >= 1000 && at < units.length - 1; at += 1) size /= 1000;
  return new Intl.NumberFormat(i18n.locale === 'ru' ? 'ru-RU' : 'en-GB', {
    style: 'unit',
    unit: units[at],
    maximumFractionDigits: size < 10 && at > 0 ? 1 : 0,
  }).format(size);
}

export function number(value: number): string {
  return new Intl.NumberFormat(i18n.locale === 'ru' ? 'ru-RU' : 'en-GB').format(value);
}
