// Wall times in the project's zone. Never Date arithmetic: a day is a calendar date, an hour is what the clock on the wall shows.
import {
  getLocalTimeZone,
  parseDate,
  parseDateTime,
  parseAbsolute,
  startOfMonth,
  today,
  toCalendarDate,
  toZoned,
  type CalendarDate,
} from '@internationalized/date';

export type { CalendarDate };

export const todayIn = (zone: string): CalendarDate => today(zone);
export const browserDiffers = (zone: string, instant: string): boolean =>
  parseAbsolute(instant, zone).offset !== parseAbsolute(instant, getLocalTimeZone()).offset;

// "2026-11" -> the weeks of the month, Monday first; always whole weeks.
export function monthGrid(month: string): CalendarDate[][] {
  const first = startOfMonth(parseDate(`${month}-01`));
  const monday = first.subtract({ days: (first.toDate('UTC').getUTCDay() + 6) % 7 });
  const weeks: CalendarDate[][] = [];
  for (let day = monday; weeks.length < 4 || day.compare(first.add({ months: 1 })) < 0; day = day.add({ days: 7 })) {
    weeks.push(Array.from({ length: 7 }, (_, i) => day.add({ days: i })));
  }
  return weeks;
}

export const monthOf = (day: CalendarDate): string => day.toString().slice(0, 7);
export const moveMonth = (month: string, by: number): string => monthOf(parseDate(`${month}-01`).add({ months: by }));

// A post keeps its wall-clock time when its day changes.
export function onDay(wallTime: string, day: CalendarDate): string {
  return `${day.toString()}T${wallTime.slice(11, 16)}`;
}
export const dayOf = (wallTime: string): CalendarDate => toCalendarDate(parseDateTime(wallTime));

// Whether the clock never shows this time on this day, or shows it twice.
export function oddity(wallTime: string, zone: string): 'gap' | 'overlap' | null {
  const wall = parseDateTime(wallTime);
  const earlier = toZoned(wall, zone, 'earlier');
  const later = toZoned(wall, zone, 'later');
  if (earlier.compare(later) === 0) return null;
  return earlier.hour === wall.hour && earlier.minute === wall.minute ? 'overlap' : 'gap';
}

// The next round half hour in the zone, a comfortable default for a plan.
export function soon(zone: string, instant: string): string {
  const now = parseAbsolute(instant, zone).add({ minutes: 30 });
  const rounded = now.set({ minute: now.minute < 30 ? 30 : 0, second: 0, millisecond: 0 });
  const at = now.minute < 30 ? rounded : rounded.add({ hours: 1 });
  return at.toString().slice(0, 16);
}
