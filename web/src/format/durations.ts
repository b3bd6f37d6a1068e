/** Spans of time to words: "1.50 mins", "2 hours, 5 minutes", "01:02:03", "3h:04m". */

import { digits, type Format, type Parts } from "./numbers";

/** From this many of the base unit on, divide by `by` and say `unit`. */
type Step = readonly [from: number, by: number, unit: string];

const PLURALS = new Set(["min", "hour", "day", "week", "year"]);

/** The last step whose `from` the value reaches. Only whole words take an "s", and only from above one. */
function stepped(first: Step, ...steps: readonly Step[]): Format {
  const falling = [...steps].reverse();
  return (value, decimals) => {
    const size = Math.abs(value);
    const found = falling.find(([from]) => size >= from);
    const [, by, unit] = found ?? first;
    const shown = value / by;
    // Values that stay in the unit they came in never take a plural; days are the exception, as they have no smaller step.
    const plural = (found || unit === "day") && PLURALS.has(unit) && Math.abs(shown) > 1;
    return { text: digits(shown, decimals), suffix: ` ${unit}${plural ? "s" : ""}` };
  };
}

export const nanoseconds = stepped([0, 1, "ns"], [1e3, 1e3, "µs"], [1e6, 1e6, "ms"], [1e9, 1e9, "s"], [6e10, 6e10, "min"], [3.6e12, 3.6e12, "hour"], [8.64e13, 8.64e13, "day"]);
export const microseconds = stepped([0, 1, "µs"], [1e3, 1e3, "ms"], [1e6, 1e6, "s"]);
export const milliseconds = stepped([0, 1, "ms"], [1e3, 1e3, "s"], [6e4, 6e4, "min"], [3.6e6, 3.6e6, "hour"], [8.64e7, 8.64e7, "day"], [3.1536e10, 3.1536e10, "year"]);
// A year is 365 days when deciding, but the solar year when dividing: so that 52 weeks follow on 52.1 weeks without a gap.
const wholeSeconds = stepped([0, 1, "s"], [60, 60, "min"], [3600, 3600, "hour"], [86400, 86400, "day"], [604800, 604800, "week"], [31536000, 31556900, "year"]);
export const minutes = stepped([0, 1, "min"], [60, 60, "hour"], [1440, 1440, "day"], [10080, 10080, "week"], [604800, 525948, "year"]);
export const hours = stepped([0, 1, "hour"], [24, 24, "day"], [168, 168, "week"], [8760, 8760, "year"]);
export const days = stepped([0, 1, "day"], [7, 7, "week"], [365, 365, "year"]);

export const seconds: Format = (value, decimals) => {
  const size = Math.abs(value);
  if (value === 0) return { text: "0", suffix: " s" };
  if (size < 1e-6) return { text: digits(value * 1e9, decimals), suffix: " ns" };
  if (size < 1e-3) return { text: digits(value * 1e6, decimals), suffix: " µs" };
  if (size < 1) return { text: digits(value * 1e3, decimals), suffix: " ms" };
  return wholeSeconds(value, decimals);
};

const SPANS = [
  ["year", 31536e6],
  ["month", 2592e6],
  ["week", 6048e5],
  ["day", 864e5],
  ["hour", 36e5],
  ["minute", 6e4],
  ["second", 1e3],
  ["millisecond", 1],
] as const;

/** "1 hour, 30 minutes": `decimals` is how many further spans follow the largest one. */
export function inWords(unit: "second" | "millisecond"): Format {
  return (value, decimals): Parts => {
    if (value === 0) return { text: "0", suffix: ` ${unit}s` };
    let rest = Math.abs(value) * (unit === "second" ? 1000 : 1);
    const words: string[] = [];
    for (const [name, length] of SPANS) {
      if (words.length > (decimals ?? 0)) break;
      if (words.length === 0 && rest < length) continue;
      const count = Math.floor(rest / length);
      words.push(`${count} ${name}${count === 1 ? "" : "s"}`);
      rest %= length;
    }
    return value < 0 ? { text: words.join(", "), suffix: " ago" } : { text: words.join(", ") };
  };
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");

/** 3723 → "01:02:03"; `withDays` puts "2 d " before. */
export function colons(withDays: boolean): Format {
  return (value): Parts => {
    if (!Number.isFinite(value)) return { text: digits(value) };
    const size = Math.abs(value);
    const dayCount = withDays ? Math.floor(size / 86400) : 0;
    const rest = size - dayCount * 86400;
    const clock = `${two(rest / 3600)}:${two((rest % 3600) / 60)}:${two((rest % 3600) % 60)}`;
    const text = dayCount > 0 ? `${dayCount} d ${clock}` : clock;
    return value < 0 ? { text, suffix: " ago" } : { text };
  };
}

const remainder = (value: number, by: number): number => ((Math.trunc(value) % by) + by) % by;

/** "01h:02m:03s:004ms", cut after `decimals` parts; `unit_ms` is the length of the unit that the value comes in. */
export function clock(unit_ms: number): Format {
  return (value, decimals): Parts => {
    if (!Number.isFinite(value)) return { text: digits(value) };
    const size = value * unit_ms;
    const parts = [
      `${two(remainder(size, 36e5) / 6e4)}m`,
      `${two(remainder(size, 6e4) / 1e3)}s`,
      `${String(remainder(size, 1e3)).padStart(3, "0")}ms`,
    ];
    if (size < 1e3) return { text: parts[2]! };
    if (size < 6e4) return { text: decimals === 0 ? parts[1]! : parts.slice(1).join(":") };
    if (size < 36e5) return { text: parts.slice(0, Math.min(decimals ?? 2, 2) + 1).join(":") };
    return { text: [`${Math.floor(size / 36e5)}h`, ...parts.slice(0, Math.min(decimals ?? 3, 3))].join(":") };
  };
}
