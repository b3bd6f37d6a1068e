/** Numbers and moments as people read them in running text. Panels have their own units in format/. Pure. */

const BYTES = ["B", "KB", "MB", "GB", "TB", "PB"];

/** 1536 → "1.5 KB"; steps of 1024. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  let step = 0;
  let size = Math.abs(value);
  while (size >= 1000 && step < BYTES.length - 1) {
    size /= 1024;
    step += 1;
  }
  return `${value < 0 ? "−" : ""}${size.toFixed(step === 0 || size >= 9.95 ? 0 : 1)} ${BYTES[step]}`;
}

const withRest = (whole: number, unit: string, rest: number, small: string) =>
  rest === 0 || whole >= 10 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${small}`;

/** Seconds → "3 d 4 h", "12 min", "45 s". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return withRest(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min");
  return withRest(Math.floor(s / 86400), "d", Math.floor((s % 86400) / 3600), "h");
}

/** Microseconds → "340 µs", "12.3 ms", "1.25 s", "2 min 5 s". */
export function micros(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ns`;
  if (value < 1000) return `${Number(value.toPrecision(3))} µs`;
  if (value < 1e6) return `${Number((value / 1000).toPrecision(3))} ms`;
  if (value < 60e6) return `${Number((value / 1e6).toPrecision(3))} s`;
  const s = Math.round(value / 1e6);
  return s < 3600 ? withRest(Math.floor(s / 60), "min", s % 60, "s") : duration(s);
}

/** `at` and `now` in milliseconds since 1970. */
export function ago(at: number, now = Date.now()): string {
  const s = (now - at) / 1000;
  return s < 1.5 ? "just now" : `${duration(s)} ago`;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

export const time = (at: number): string => TIME.format(at);
export const moment = (at: number): string => (Number.isFinite(at) ? MOMENT.format(at) : "");
export const day = (at: number): string => (Number.isFinite(at) ? DAY.format(at) : "");

/** RFC 3339 → milliseconds since 1970; null for nothing, and for Go's zero time. */
export function when(text: string | null | undefined): number | null {
  const at = Date.parse(text ?? "");
  return Number.isFinite(at) && at > 0 ? at : null;
}

/** CPU cores → "0.4 %", "120 %" of one core. */
export function cpu(cores: number | null | undefined): string {
  if (cores === null || cores === undefined) return "–";
  const percent = cores * 100;
  return `${percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

const SMALL = ["", "k", "M", "G", "T", "P"];

/** A sample's value, short: 1234567 → "1.23 M", 0.000123 → "1.23e-4". */
export function number(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return value.toExponential(2);
  if (size < 1000) return String(Number(value.toPrecision(4)));
  let step = 0;
  let short = value;
  while (Math.abs(short) >= 1000 && step < SMALL.length - 1) {
    short /= 1000;
    step += 1;
  }
  return `${Number(short.toPrecision(3))} ${SMALL[step]}`;
}

export const count = (amount: number, noun: string, plural = `${noun}s`): string => `${amount} ${amount === 1 ? noun : plural}`;

/** A message as a sentence: a capital at its beginning, a stop at its end. */
export const sentence = (text: string): string => (text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`);
