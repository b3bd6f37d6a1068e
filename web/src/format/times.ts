/** Moments to words: in a zone, in a pattern (YYYY-MM-DD HH:mm:ss …), or as a distance from now. */

import type { Format } from "./numbers";

const MINUTE_MS = 60_000;
/** Zones change their offset on quarter hours at the earliest. */
const QUARTER_MS = 15 * MINUTE_MS;

const zoneClocks = new Map<string, Intl.DateTimeFormat | null>();
const offsets = new Map<string, number>();

function zoneClock(zone: string): Intl.DateTimeFormat | null {
  let found = zoneClocks.get(zone);
  if (found === undefined) {
    try {
      found = new Intl.DateTimeFormat("en-US", {
        timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
      });
    } catch {
      found = null; // A zone this browser does not know: shown in UTC.
    }
    zoneClocks.set(zone, found);
  }
  return found;
}

/** Milliseconds to add to UTC for the clock of `timeZone` ("utc", "browser" or "" for the browser's, an IANA name) at that moment. */
export function zoneOffset(time: number, timeZone: string): number {
  if (timeZone === "utc" || timeZone === "UTC") return 0;
  if (timeZone === "browser" || timeZone === "") return -new Date(time).getTimezoneOffset() * MINUTE_MS;
  const clock = zoneClock(timeZone);
  if (!clock || !Number.isFinite(time)) return 0;
  const quarter = Math.floor(time / QUARTER_MS);
  const key = `${timeZone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const part: Record<string, number> = {};
    for (const { type, value } of clock.formatToParts(quarter * QUARTER_MS)) part[type] = Number(value);
    offset = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!) - quarter * QUARTER_MS;
    if (offsets.size > 5000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/** A Date whose UTC getters read the clock of the zone. */
export function inZone(time: number, timeZone: string): Date {
  return new Date(time + zoneOffset(time, timeZone));
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

function ordinal(day: number): string {
  const ending = day % 100 >= 11 && day % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${ending}`;
}

function offsetText(time: number, timeZone: string, colon: string): string {
  const total = Math.round(zoneOffset(time, timeZone) / MINUTE_MS);
  const size = Math.abs(total);
  return `${total < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}${colon}${pad(size % 60)}`;
}

type Word = (date: Date, time: number, timeZone: string) => string;
const hour12 = (date: Date): number => date.getUTCHours() % 12 || 12;

const WORDS: Readonly<Record<string, Word>> = {
  YYYY: (d) => pad(d.getUTCFullYear(), 4),
  YY: (d) => pad(d.getUTCFullYear() % 100),
  MMMM: (d) => MONTHS[d.getUTCMonth()]!,
  MMM: (d) => MONTHS[d.getUTCMonth()]!.slice(0, 3),
  MM: (d) => pad(d.getUTCMonth() + 1),
  M: (d) => String(d.getUTCMonth() + 1),
  Do: (d) => ordinal(d.getUTCDate()),
  DD: (d) => pad(d.getUTCDate()),
  D: (d) => String(d.getUTCDate()),
  dddd: (d) => WEEKDAYS[d.getUTCDay()]!,
  ddd: (d) => WEEKDAYS[d.getUTCDay()]!.slice(0, 3),
  dd: (d) => WEEKDAYS[d.getUTCDay()]!.slice(0, 2),
  d: (d) => String(d.getUTCDay()),
  Q: (d) => String(Math.floor(d.getUTCMonth() / 3) + 1),
  HH: (d) => pad(d.getUTCHours()),
  H: (d) => String(d.getUTCHours()),
  hh: (d) => pad(hour12(d)),
  h: (d) => String(hour12(d)),
  mm: (d) => pad(d.getUTCMinutes()),
  m: (d) => String(d.getUTCMinutes()),
  ss: (d) => pad(d.getUTCSeconds()),
  s: (d) => String(d.getUTCSeconds()),
  SSS: (d) => pad(d.getUTCMilliseconds(), 3),
  SS: (d) => pad(Math.floor(d.getUTCMilliseconds() / 10)),
  S: (d) => String(Math.floor(d.getUTCMilliseconds() / 100)),
  A: (d) => (d.getUTCHours() < 12 ? "AM" : "PM"),
  a: (d) => (d.getUTCHours() < 12 ? "am" : "pm"),
  ZZ: (_, time, zone) => offsetText(time, zone, ""),
  Z: (_, time, zone) => offsetText(time, zone, ":"),
  X: (_, time) => String(Math.floor(time / 1000)),
  x: (_, time) => String(time),
};
const SHORTHANDS: Readonly<Record<string, string>> = {
  LLLL: "dddd, MMMM D, YYYY h:mm A", LLL: "MMMM D, YYYY h:mm A", LL: "MMMM D, YYYY", LTS: "h:mm:ss A", LT: "h:mm A", L: "MM/DD/YYYY", ll: "MMM D, YYYY", lll: "MMM D, YYYY h:mm A",
};
const WORD = /\[([^\]]*)\]|\\(.)|YYYY|YY|MMMM|MMM|MM|M|Do|DD|D|dddd|ddd|dd|d|Q|HH|H|hh|h|mm|m|ss|s|SSS|SS|S|A|a|ZZ|Z|X|x/g;

/** Writes `time` by the pattern; text in [brackets] stays. "Invalid date" outside of what a calendar can hold. */
export function writeTime(time: number, pattern: string, timeZone: string): string {
  const date = inZone(time, timeZone);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  const full = pattern.replace(/\[[^\]]*\]|LLLL|LLL|LL|LTS|LT|L|lll|ll/g, (word) => SHORTHANDS[word] ?? word);
  return full.replace(WORD, (word, bracketed?: string, escaped?: string) => bracketed ?? escaped ?? WORDS[word]!(date, time, timeZone));
}

export const FULL = "YYYY-MM-DD HH:mm:ss";
export const FULL_MS = "YYYY-MM-DD HH:mm:ss.SSS";

/** `today` replaces the pattern for moments of the present day. */
export function patterned(pattern: string, today?: string): Format {
  return (value, _decimals, timeZone = "browser") => {
    const isToday = today !== undefined && writeTime(value, "YYYYMMDD", timeZone) === writeTime(Date.now(), "YYYYMMDD", timeZone);
    return { text: writeTime(value, isToday ? today : pattern, timeZone) };
  };
}

export const systemTime: Format = (value, _decimals, timeZone = "browser", milliseconds) => ({
  text: writeTime(value, milliseconds ? FULL_MS : FULL, timeZone),
});

/** As the browser's language writes a date. */
export function localTime(options: Intl.DateTimeFormatOptions): Format {
  return (value, _decimals, timeZone = "browser") => {
    const date = inZone(value, timeZone);
    if (Number.isNaN(date.getTime())) return { text: "Invalid date" };
    const parts = new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }).formatToParts(date);
    return { text: parts.map((part) => part.value).join("") };
  };
}

type Distance = readonly [below: number, unit_ms: number, one: string, many: string];
/** Counted in rounded units: 44 seconds are "a few seconds", 45 are "a minute", 90 minutes are "2 hours". */
const DISTANCES: readonly Distance[] = [
  [45, 1e3, "a few seconds", "a few seconds"],
  [45, MINUTE_MS, "a minute", "minutes"],
  [22, 36e5, "an hour", "hours"],
  [26, 864e5, "a day", "days"],
  // Months and years are those of a 400-year calendar.
  [11, 864e5 * (146097 / 4800), "a month", "months"],
  [Infinity, 864e5 * (146097 / 400), "a year", "years"],
];

export function distance(time: number, now: number): string {
  const size = Math.abs(time - now);
  for (const [below, unit_ms, one, many] of DISTANCES) {
    const count = unit_ms === DISTANCES[5]![1] ? Math.round(Math.round(size / DISTANCES[4]![1]) / 12) : Math.round(size / unit_ms);
    if (count >= below) continue;
    const words = count <= 1 || one === many ? one : `${count} ${many}`;
    return time > now ? `in ${words}` : `${words} ago`;
  }
  return "";
}

export const fromNow: Format = (value) => ({
  text: Number.isNaN(new Date(value).getTime()) ? "Invalid date" : distance(value, Date.now()),
});
