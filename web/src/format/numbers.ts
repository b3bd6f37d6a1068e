/** Numbers to digits: how many decimals a value needs, and prefixes (k, Mi, Mil …) that keep it short. No units of their own. */

/** A value in words: what stands before, the number, what stands behind. */
export interface Parts {
  text: string;
  prefix?: string;
  suffix?: string;
}

/** null and undefined decimals: as many as the value needs to be told apart from its neighbours. */
export type Format = (value: number, decimals?: number | null, timeZone?: string, milliseconds?: boolean) => Parts;

/** Three significant digits, more before the point where there are more; whole numbers have no decimals. */
function neededDecimals(value: number): number {
  if (value % 1 === 0) return 0;
  return Math.max(0, 2 - Math.floor(Math.log(Math.abs(value)) / Math.LN10));
}

/** Rounds half up as people do on paper, and keeps trailing zeros up to `decimals`. Very large and very small stay in 1e21 notation. */
export function digits(value: number, decimals?: number | null): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-∞" : "∞";
  const places = decimals ?? neededDecimals(value);
  const factor = 10 ** Math.max(0, places);
  const rounded = String(Math.round(value * factor) / factor);
  if (places <= 0 || rounded.includes("e")) return rounded;
  const [whole, fraction = ""] = rounded.split(".");
  return `${whole}.${fraction.padEnd(places, "0")}`;
}

/** One suffix per power of `factor`; `start` is the suffix that the value itself stands in. */
export function scaled(factor: number, suffixes: readonly string[], start = 0): Format {
  return (value, decimals) => {
    if (!Number.isFinite(value)) return { text: digits(value) };
    // log10 twice, not Math.log: 1000 must give exactly 3.
    const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / Math.log10(factor));
    const step = Math.min(Math.max(power, -start), suffixes.length - 1 - start);
    return { text: digits(value / factor ** step, decimals), suffix: suffixes[start + step] };
  };
}

const SI = ["f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const SI_ONE = SI.indexOf("");
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/** `power` 1: the value is already in thousands of the unit; -1: in thousandths. */
export function si(unit: string, power = 0): Format {
  return scaled(1000, SI.map((prefix) => ` ${prefix}${unit}`), SI_ONE + power);
}

export function binary(unit: string, power = 0): Format {
  return scaled(1024, BINARY.map((prefix) => ` ${prefix}${unit}`), power);
}

/** The power that a prefix stands for: "k" is 1; 0 for what is no prefix. Both micro signs are understood. */
export function siPower(prefix: string): number {
  const place = SI.indexOf(prefix === "μ" ? "µ" : prefix);
  return place < 0 ? 0 : place - SI_ONE;
}

const COUNTS = ["", "K", "M", "B", "T"];

export function counted(unit: string): Format {
  return scaled(1000, COUNTS.map((prefix) => `${prefix} ${unit}`));
}

export function money(symbol: string, behind = false): Format {
  const short = scaled(1000, behind ? COUNTS.map((prefix) => prefix + symbol) : COUNTS);
  return (value, decimals) => {
    const parts = short(Math.abs(value), decimals);
    const sign = value < 0 ? "-" : "";
    const before = behind ? sign : sign + symbol;
    return before ? { ...parts, prefix: before } : parts;
  };
}

/** Money in full, grouped by thousands as the browser's language does. */
export function fullMoney(symbol: string, behind: boolean): Format {
  return (value, decimals) => {
    const text = new Intl.NumberFormat(undefined, {
      minimumFractionDigits: decimals ?? 0,
      maximumFractionDigits: decimals ?? 1,
    }).format(value);
    return behind ? { text, suffix: symbol } : { text, prefix: symbol };
  };
}

export function fixed(unit: string, before = false): Format {
  if (!unit) return (value, decimals) => ({ text: digits(value, decimals) });
  if (before) return (value, decimals) => ({ text: digits(value, decimals), prefix: unit });
  return (value, decimals) => ({ text: digits(value, decimals), suffix: ` ${unit}` });
}

export function hexadecimal(prefix: string): Format {
  return (value, decimals) => {
    const text = Number(digits(value, decimals)).toString(16).toUpperCase();
    return { text: text.startsWith("-") ? `-${prefix}${text.slice(1)}` : prefix + text };
  };
}
