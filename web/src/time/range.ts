/** Times as Grafana writes them: `now-6h`, `now/d`, milliseconds, dates; and durations: `5m`, `1h30m`, `>1s`. Pure. */

import type { TimeRange } from "../frame/frame";
import { clockOf, momentOf, parseMoment } from "./zone";

/** What the person chose; a relative one moves on with the clock. */
export interface RawRange {
  from: string;
  to: string;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, M: 2_592_000_000, Q: 7_776_000_000, y: 31_536_000_000 };

/** Milliseconds of `90s`, `1h30m`, `1.5d`, `250ms`; undefined where it is no duration. A bare number is seconds. */
export function durationMs(text: string): number | undefined {
  const given = text.trim().replace(/^[<>]=?\s*/, "");
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given) * 1000;
  if (!/^(\d+(?:\.\d+)?(?:ms|[smhdwMQy]))+$/.test(given)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of given.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMQy])/g)) sum += Number(amount) * UNIT_MS[unit!]!;
  return sum;
}

/** `90000` → `1m30s`; as queries and variables take it. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))}ms`;
  let rest = Math.round(ms / 1000);
  let text = "";
  for (const [unit, seconds] of [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const) {
    const count = Math.floor(rest / seconds);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * seconds;
  }
  return text;
}

export const isRelative = (text: string): boolean => text.trim().startsWith("now");

/** The moment that a text means; NaN where it means none. `up`: a rounded end is the end of its day, hour … */
export function momentOfText(text: string, now: number, zone: string, up: boolean): number {
  const given = text.trim();
  if (!given.startsWith("now")) return parseMoment(given, zone);
  let time = now;
  let rest = given.slice(3);
  while (rest !== "") {
    const step = /^([+-])(\d*)(ms|fQ|fy|[smhdwMQy])|^\/(fQ|fy|[smhdwMQy])/.exec(rest);
    if (!step) return NaN;
    if (step[4]) time = rounded(time, step[4], zone, up);
    else time = shifted(time, Number(step[2] || "1") * (step[1] === "-" ? -1 : 1), step[3]!, zone);
    rest = rest.slice(step[0].length);
  }
  return time;
}

/** Days and longer follow the calendar of the zone; hours and shorter are exact. */
function shifted(time: number, count: number, unit: string, zone: string): number {
  if (/^(ms|s|m|h)$/.test(unit)) return time + count * UNIT_MS[unit]!;
  const clock = clockOf(time, zone);
  const rest = time - Math.floor(time / 1000) * 1000;
  if (unit === "d") clock.day += count;
  else if (unit === "w") clock.day += 7 * count;
  else {
    const months = unit === "M" ? count : unit.endsWith("Q") ? 3 * count : 12 * count;
    const target = new Date(Date.UTC(clock.year, clock.month - 1 + months + 1, 0));
    clock.day = Math.min(clock.day, target.getUTCDate());
    clock.month += months;
  }
  return momentOf(clock, zone) + rest;
}

function rounded(time: number, unit: string, zone: string, up: boolean): number {
  const { year, month, day, hour, minute, second, weekday } = clockOf(time, zone);
  const zero = { hour: 0, minute: 0, second: 0 };
  const begin = (extra: number) => {
    switch (unit) {
      case "s":
        return momentOf({ year, month, day, hour, minute, second: second + extra }, zone);
      case "m":
        return momentOf({ year, month, day, hour, minute: minute + extra, second: 0 }, zone);
      case "h":
        return momentOf({ year, month, day, hour: hour + extra, minute: 0, second: 0 }, zone);
      case "d":
        return momentOf({ year, month, day: day + extra, ...zero }, zone);
      case "w": // weeks begin on Monday
        return momentOf({ year, month, day: day - ((weekday + 6) % 7) + 7 * extra, ...zero }, zone);
      case "M":
        return momentOf({ year, month: month + extra, day: 1, ...zero }, zone);
      case "Q":
      case "fQ":
        return momentOf({ year, month: month - ((month - 1) % 3) + 3 * extra, day: 1, ...zero }, zone);
      default:
        return momentOf({ year: year + extra, month: 1, day: 1, ...zero }, zone);
    }
  };
  return up ? begin(1) - 1 : begin(0);
}

const FALLBACK_MS = 6 * 3_600_000;

/** The range that is meant now; what cannot be read becomes the last six hours, and an end before its begin is turned around. */
export function resolveRange(raw: RawRange, now: number, zone: string): TimeRange {
  const to = orElse(momentOfText(raw.to, now, zone, true), now);
  const from = orElse(momentOfText(raw.from, now, zone, false), to - FALLBACK_MS);
  return from <= to ? { from, to } : { from: to, to: from };
}

const orElse = (value: number, otherwise: number) => (Number.isNaN(value) ? otherwise : value);

/** A panel's own time: `timeFrom` ends where the dashboard does, `timeShift` moves the whole back. */
export function panelRange(range: TimeRange, timeFrom: string | undefined, timeShift: string | undefined, now: number, zone: string): TimeRange {
  let { from, to } = range;
  if (timeFrom) {
    const text = timeFrom.startsWith("now") ? timeFrom : `now-${timeFrom}`;
    const found = resolveRange({ from: text, to: "now" }, now, zone);
    ({ from, to } = found);
  }
  const shift = timeShift ? (durationMs(timeShift.replace(/^-/, "")) ?? 0) : 0;
  return { from: from - shift, to: to - shift };
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000,
  3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000, 2_592_000_000, 31_536_000_000,
];

/** The step of a graph: round, about one per point that fits, at least `atLeast_ms`. */
export function intervalMs(range: TimeRange, points: number, atLeast_ms: number): number {
  const wanted = (range.to - range.from) / Math.max(1, points);
  if (wanted <= atLeast_ms) return atLeast_ms;
  // halfway between two round steps the larger one begins
  for (let index = 0; index < STEPS_MS.length - 1; index += 1) {
    if (wanted < (STEPS_MS[index]! + STEPS_MS[index + 1]!) / 2) return Math.max(atLeast_ms, STEPS_MS[index]!);
  }
  return STEPS_MS.at(-1)!;
}

export const QUICK: readonly { from: string; to: string; name: string }[] = [
  { from: "now-5m", to: "now", name: "Last 5 minutes" },
  { from: "now-15m", to: "now", name: "Last 15 minutes" },
  { from: "now-30m", to: "now", name: "Last 30 minutes" },
  { from: "now-1h", to: "now", name: "Last 1 hour" },
  { from: "now-3h", to: "now", name: "Last 3 hours" },
  { from: "now-6h", to: "now", name: "Last 6 hours" },
  { from: "now-12h", to: "now", name: "Last 12 hours" },
  { from: "now-24h", to: "now", name: "Last 24 hours" },
  { from: "now-2d", to: "now", name: "Last 2 days" },
  { from: "now-7d", to: "now", name: "Last 7 days" },
  { from: "now-30d", to: "now", name: "Last 30 days" },
  { from: "now-90d", to: "now", name: "Last 90 days" },
  { from: "now-1y", to: "now", name: "Last 1 year" },
  { from: "now/d", to: "now/d", name: "Today" },
  { from: "now/d", to: "now", name: "Today so far" },
  { from: "now-1d/d", to: "now-1d/d", name: "Yesterday" },
  { from: "now/w", to: "now/w", name: "This week" },
  { from: "now/M", to: "now/M", name: "This month" },
];

/** A range in words for the picker's button. */
export function rangeName(raw: RawRange, describe: (time: number) => string, resolved: TimeRange): string {
  const known = QUICK.find((one) => one.from === raw.from && one.to === raw.to);
  if (known) return known.name;
  const last = raw.to === "now" ? /^now-(\d+)([smhdwMy])$/.exec(raw.from) : null;
  if (last) return `Last ${last[1]} ${WORDS[last[2]!]}${last[1] === "1" ? "" : "s"}`;
  if (isRelative(raw.from) || isRelative(raw.to)) return `${isRelative(raw.from) ? raw.from : describe(resolved.from)} to ${isRelative(raw.to) ? raw.to : describe(resolved.to)}`;
  return `${describe(resolved.from)} to ${describe(resolved.to)}`;
}

/** A panel's own time in words: "Last 1 day, 1w earlier"; empty where it shows the dashboard's. */
export function ownTimeName(timeFrom: string | undefined, timeShift: string | undefined): string {
  const last = timeFrom ? rangeName({ from: timeFrom.startsWith("now") ? timeFrom : `now-${timeFrom}`, to: "now" }, String, { from: 0, to: 0 }) : "";
  return [last, timeShift ? `${timeShift.replace(/^-/, "")} earlier` : ""].filter(Boolean).join(", ");
}

const WORDS: Readonly<Record<string, string>> = { s: "second", m: "minute", h: "hour", d: "day", w: "week", M: "month", y: "year" };
