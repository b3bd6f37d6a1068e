// Numbers and moments as people read them.

const BYTES = ["B", "KB", "MB", "GB", "TB", "PB"];

/** 1536 → "1.5 KB"; steps of 1024. */
export function bytes(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  let step = 0;
  let size = Math.abs(value);
  while (size >= 1000 && step < BYTES.length - 1) { size /= 1024; step += 1; }
  const digits = step === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 0 : 1;
  return `${value < 0 ? "−" : ""}${size.toFixed(digits)} ${BYTES[step]}`;
}

/** Seconds → "3 d 4 h", "12 min", "45 s". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return withRest(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min");
  return withRest(Math.floor(s / 86400), "d", Math.floor((s % 86400) / 3600), "h");
}

const withRest = (whole, unit, rest, small) => (rest === 0 || whole >= 10 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${small}`);

export const ago = (milliseconds) => {
  const s = (Date.now() - milliseconds) / 1000;
  return s < 1.5 ? "just now" : `${duration(s)} ago`;
};

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
export const time = (milliseconds) => TIME.format(milliseconds);
export const moment = (milliseconds) => (Number.isFinite(milliseconds) ? MOMENT.format(milliseconds) : "");

/** CPU cores → "0.4 %", "120 %" of one core. */
export function cpu(cores) {
  if (cores === null || cores === undefined) return "–";
  const percent = cores * 100;
  return `${percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

const SMALL = ["", "k", "M", "G", "T", "P"];

/** A sample's value, short: 1234567 → "1.23 M", 0.000123 → "1.23e-4". */
export function number(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return value.toExponential(2);
  if (size < 1000) return String(Number(value.toPrecision(4)));
  let step = 0;
  let short = value;
  while (Math.abs(short) >= 1000 && step < SMALL.length - 1) { short /= 1000; step += 1; }
  return `${Number(short.toPrecision(3))} ${SMALL[step]}`;
}

export const count = (amount, noun) => `${amount} ${noun}${amount === 1 ? "" : "s"}`;
