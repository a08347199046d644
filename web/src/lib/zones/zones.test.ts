import { parseDate } from '@internationalized/date';
import { expect, test } from 'vitest';
import { dayOf, monthGrid, moveMonth, oddity, onDay, soon } from './index';

test('a month is whole weeks from Monday to Sunday', () => {
  for (let month = '2026-01'; month !== '2031-01'; month = moveMonth(month, 1)) {
    const weeks = monthGrid(month);
    expect(weeks.length).toBeGreaterThanOrEqual(4);
    const days = weeks.flat();
    expect(new Set(days.map(String)).size).toBe(days.length);
    expect(days.filter((d) => d.toString().startsWith(month))).toHaveLength(
      Number(parseDate(`${month}-01`).calendar.getDaysInMonth(parseDate(`${month}-01`))),
    );
    for (const week of weeks) expect(week[0]?.toDate('UTC').getUTCDay()).toBe(1);
  }
});

test('moving to another day keeps the time on the clock, over the change of clocks too', () => {
  expect(onDay('2027-03-27T10:00', parseDate('2027-03-28'))).toBe('2027-03-28T10:00');
  expect(dayOf('2027-03-28T23:59').toString()).toBe('2027-03-28');
});

test('a time that the clock skips or shows twice is told', () => {
  expect(oddity('2027-03-28T02:30', 'Europe/Berlin')).toBe('gap');
  expect(oddity('2027-10-31T02:30', 'Europe/Berlin')).toBe('overlap');
  expect(oddity('2027-03-28T02:30', 'Europe/Moscow')).toBeNull();
  expect(oddity('2027-04-04T01:45', 'Australia/Lord_Howe')).toBe('overlap');
});

test('soon is the next round half hour, not less than half an hour away', () => {
  expect(soon('Europe/Moscow', '2027-03-10T09:10:00Z')).toBe('2027-03-10T13:00');
  expect(soon('Europe/Moscow', '2027-03-10T09:40:00Z')).toBe('2027-03-10T13:30');
  expect(soon('Europe/Moscow', '2027-03-10T20:45:00Z')).toBe('2027-03-11T00:30');
});
