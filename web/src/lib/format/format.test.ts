import { afterEach, describe, expect, test, vi } from 'vitest';
import { useLocale } from '../i18n/index.svelte';
import { date, dateTime, day, initials, time, zoneCity, zoneOffset } from '.';

afterEach(() => {
  vi.useRealTimers();
  return useLocale('ru');
});

describe('a moment', () => {
  test('is told in the zone that is named, never in the browser’s', () => {
    expect(time('2026-11-24T21:30:00.000Z', 'Europe/Moscow')).toBe('00:30');
    expect(time('2026-11-24T21:30:00.000Z', 'America/New_York')).toBe('16:30');
  });

  test('has its year only when it is another one', () => {
    vi.useFakeTimers({ now: new Date('2026-06-01T00:00:00Z') });
    expect(date('2026-11-24T10:00:00.000Z', 'UTC')).toBe('24 ноября');
    expect(date('2027-03-08T10:00:00.000Z', 'UTC')).toBe('8 марта 2027');
    expect(dateTime('2026-12-31T22:00:00.000Z', 'Europe/Moscow')).toBe('1 января 2027, 01:00');
  });

  test('follows the language', async () => {
    await useLocale('en');
    expect(day('2026-11-24')).toBe('24 November 2026');
  });
});

test('zones have the names people use', async () => {
  expect(zoneCity('Europe/Moscow')).toBe('Москва');
  expect(zoneCity('America/Argentina/Buenos_Aires')).toBe('Буэнос-Айрес');
  expect(zoneCity('Antarctica/McMurdo')).toBe('McMurdo');
  expect(zoneOffset('Europe/Moscow')).toBe('UTC+3');
  await useLocale('en');
  expect(zoneCity('America/New_York')).toBe('New York');
});

test.each([
  ['Анна Ларина', 'АЛ'],
  ['«Сойка», обжарка', 'СО'],
  ['  мария  ', 'М'],
  ['👩‍🍳 Кухня', 'К'],
  ['', ''],
])('initials of %j are %j', (name, expected) => expect(initials(name)).toBe(expected));
