/** Moments as clocks show them: an IANA name, "utc" or "browser". */

export interface Clock {
  year: number;
  /** 1 … 12 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 is Sunday. */
  weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** "browser" becomes undefined, which is what Intl takes for it; unknown names count as the browser's. */
export function intlZone(zone: string): string | undefined {
  if (zone === "" || zone === "browser") return undefined;
  if (zone.toLowerCase() === "utc") return "UTC";
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    return undefined;
  }
}

export function clockOf(time: number, zone: string): Clock {
  const name = intlZone(zone);
  if (name === undefined || name === "UTC") {
    const date = new Date(time);
    return name === "UTC"
      ? { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(), weekday: date.getUTCDay() }
      : { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(), hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds(), weekday: date.getDay() };
  }
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
    formats.set(name, format);
  }
  const parts = Object.fromEntries(format.formatToParts(time).map((part) => [part.type, Number(part.value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts as Record<string, number>;
  return { year, month, day, hour, minute, second, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/** The moment at which the zone's clocks show this; fields beyond their range carry over (day 0 is the last of the month before). */
export function momentOf(clock: Omit<Clock, "weekday">, zone: string): number {
  const name = intlZone(zone);
  const { year, month, day, hour, minute, second } = clock;
  if (name === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime();
  const wanted = Date.UTC(year, month - 1, day, hour, minute, second);
  if (name === "UTC") return wanted;
  // the offset of the guess may be another one than that of the result, near a change of the clocks
  let guess = wanted - offset(wanted, zone);
  guess = wanted - offset(guess, zone);
  return guess;
}

function offset(time: number, zone: string): number {
  const it = clockOf(time, zone);
  return Date.UTC(it.year, it.month - 1, it.day, it.hour, it.minute, it.second) - Math.floor(time / 1000) * 1000;
}

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-21 10:00:00`, as people type it and as the picker shows it. */
export function written(time: number, zone: string): string {
  const it = clockOf(time, zone);
  return `${it.year}-${two(it.month)}-${two(it.day)} ${two(it.hour)}:${two(it.minute)}:${two(it.second)}`;
}

/** The moment of a text that a person typed; NaN where it is none. Digits alone are milliseconds (or seconds, if that few). */
export function parseMoment(typed: string, zone: string): number {
  const text = typed.trim();
  if (/^\d{12,}$/.test(text)) return Number(text);
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  const parts = /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/.exec(text);
  if (!parts) return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : NaN;
  const [, year, month, day = "1", hour = "0", minute = "0", second = "0"] = parts;
  return momentOf({ year: Number(year), month: Number(month), day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second) }, zone);
}
