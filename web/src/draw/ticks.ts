/** Where the lines of axes stand: round numbers, powers of 1024 for bytes, round durations, calendar steps in a zone. Pure. */

import { isBinaryUnit, unitSeconds } from "../format/units";
import { inZone, writeTime, zoneOffset } from "../format/times";

function decimal(): number[] {
  const found: number[] = [];
  for (let power = -12; power <= 18; power++) for (const lead of [1, 2, 2.5, 5]) found.push(Number(`${lead}e${power}`));
  return found;
}

const DECIMAL = decimal();
const POWERS_OF_TWO = [...DECIMAL.filter((step) => step < 1), ...Array.from({ length: 62 }, (_, power) => 2 ** power)];

const DURATIONS_S = [
  ...DECIMAL.filter((step) => step < 1), 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400,
  ...[1, 2, 5, 10, 20, 50, 100].map((years) => years * 31536000),
];

const durations = new Map<number, number[]>();

/** Steps that an axis of this unit may take, rising: any round number, unless the unit is one of bytes or time. */
export function stepsFor(unit: string | undefined): number[] {
  if (isBinaryUnit(unit)) return POWERS_OF_TWO;
  const seconds = unitSeconds(unit);
  if (!seconds) return DECIMAL;
  const known = durations.get(seconds) ?? DURATIONS_S.map((step) => step / seconds);
  durations.set(seconds, known);
  return known;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

export const TIME_STEPS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, MONTH, 3 * MONTH, 6 * MONTH, YEAR, 2 * YEAR, 5 * YEAR, 10 * YEAR,
];

/** First moments of every `count`-th month in the zone. */
function months(from: number, to: number, count: number, timeZone: string): number[] {
  const start = inZone(from, timeZone);
  const found: number[] = [];
  let month = start.getUTCFullYear() * 12 + start.getUTCMonth();
  month -= month % count;
  for (; found.length < 500; month += count) {
    const local = Date.UTC(Math.floor(month / 12), month % 12, 1);
    const time = local - zoneOffset(local - zoneOffset(local, timeZone), timeZone);
    if (time > to) return found;
    if (time >= from) found.push(time);
  }
  return found;
}

/** Moments between `from` and `to` that are round in the zone; a step of a month or more follows the calendar. */
export function timeTicks(from: number, to: number, step: number, timeZone: string): number[] {
  if (!(step > 0) || !(to > from)) return [];
  if (step >= MONTH) return months(from, to, Math.max(1, Math.round(step / MONTH)) >= 12 ? Math.round(step / YEAR) * 12 : Math.round(step / MONTH), timeZone);
  const found: number[] = [];
  // The epoch was a Thursday: weeks start on Monday.
  const origin = step >= 7 * DAY ? 4 * DAY : 0;
  let local = Math.ceil((from + zoneOffset(from, timeZone) - origin) / step) * step + origin;
  for (let count = 0; count < 500; count++, local += step) {
    // The offset is that of the tick itself: midnight stays midnight when the clocks change in between.
    const time = local - zoneOffset(local - zoneOffset(local, timeZone), timeZone);
    if (time > to) return found;
    if (time >= from) found.push(time);
  }
  return found;
}

/** How to write the moments of an axis: no more than its step and its span need. */
export function tickPattern(step: number, span: number): string {
  if (step < SECOND) return "HH:mm:ss.SSS";
  if (step < MINUTE) return "HH:mm:ss";
  if (step < DAY) return span > DAY * 1.05 ? "MM/DD HH:mm" : "HH:mm";
  if (step < MONTH) return span > YEAR ? "YYYY-MM-DD" : "MM/DD";
  return step < YEAR ? "YYYY-MM" : "YYYY";
}

export function tickLabels(ticks: readonly number[], step: number, span: number, timeZone: string): string[] {
  const pattern = tickPattern(step, span);
  return ticks.map((time) => writeTime(time, pattern, timeZone));
}
