/** Days of uptime in words and colours. Pure. */

export interface UptimeDay {
  /** 2026-11-21, UTC. */
  day: string;
  /** 0 … 1; null: nothing was measured. */
  ratio: number | null;
}

export interface Service {
  name: string;
  state: "up" | "down" | "unknown";
  ratio: number | null;
  /** The oldest first. */
  days: UptimeDay[];
  /** Seconds since 1970. */
  certificate_expires_at: number | null;
}

/** Never rounded up to 100 %: 0.99999 is not all of the time. */
export function percent(ratio: number): string {
  if (ratio >= 1) return "100 %";
  return `${(Math.floor(ratio * 100_000) / 1000).toFixed(ratio >= 0.999 ? 3 : 2)} %`;
}

const GOOD = 0.999;
const POOR = 0.95;

export const levelOfDay = (ratio: number | null): "none" | "ok" | "warning" | "critical" =>
  ratio === null ? "none" : ratio >= GOOD ? "ok" : ratio >= POOR ? "warning" : "critical";

export function dayWords({ day, ratio }: UptimeDay): string {
  if (ratio === null) return `${day}: not measured`;
  const down_min = Math.round((1 - ratio) * 1440);
  return `${day}: ${percent(ratio)}${down_min > 0 ? `, down for about ${down_min} min` : ""}`;
}

const SOON_DAYS = 14;

/** Both in seconds since 1970. */
export function certificateWords(expires_at: number | null, now: number): { words: string; isSoon: boolean } | null {
  if (expires_at === null) return null;
  const days = Math.floor((expires_at - now) / 86_400);
  const words = days < 0 ? "The certificate has expired." : days === 0 ? "The certificate expires within a day." : `The certificate expires in ${days} ${days === 1 ? "day" : "days"}.`;
  return { words, isSoon: days < SOON_DAYS };
}
