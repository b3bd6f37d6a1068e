/** Small drawings that several pages share: dots, signs, bars, labels. */

import type { Level } from "./overview";

export const Dot = ({ level }: { level: Level | "" }) => <span class={`dot ${level}`} aria-hidden="true" />;

const SIGNS: Readonly<Record<Level | "waiting", string>> = {
  ok: "M20 6.500 9.500 17 4.500 12",
  warning: "M12 8.500v4.500M12 16.800v.010M10.300 3.900 2.400 17.500a2 2 0 0 0 1.700 3h15.800a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0Z",
  critical: "M12 7.500v5.500M12 16.500v.010M12 2.800a9.200 9.200 0 1 0 0 18.400 9.200 9.200 0 0 0 0-18.400Z",
  waiting: "M12 7v5l3 2M12 2.800a9.200 9.200 0 1 0 0 18.400 9.200 9.200 0 0 0 0-18.400Z",
};

export const Sign = ({ level }: { level: Level | "waiting" }) => (
  <svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    <path d={SIGNS[level]} />
  </svg>
);

/** `ratio` 0…1 of it is full; more than full looks full. */
export const Gauge = ({ ratio, level }: { ratio: number; level: Level | "" }) => (
  <svg class={`gauge ${level}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="100" height="6" rx="3" />
    <rect class="fill" width={Math.max(0, Math.min(100, ratio * 100)).toFixed(1)} height="6" rx="3" />
  </svg>
);

export const Chips = ({ labels, without = [] }: { labels: Readonly<Record<string, string>>; without?: readonly string[] }) => (
  <ul class="chips">
    {Object.entries(labels).filter(([name]) => !without.includes(name)).map(([name, value]) => (
      <li key={name} class="chip"><span>{name}=<b>{value}</b></span></li>
    ))}
  </ul>
);

export const Notice = ({ children, level = "warning" }: { children: preact.ComponentChildren; level?: "warning" | "critical" | "info" }) => (
  <div class={`notice ${level === "warning" ? "" : level}`} role={level === "critical" ? "alert" : undefined}>
    <Sign level={level === "info" ? "waiting" : level} /><span>{children}</span>
  </div>
);

const GRAVE = new Set(["critical", "page"]);

/** How bad an alert of this severity is. */
export const severityLevel = (severity: string): Level => (GRAVE.has(severity.toLowerCase()) ? "critical" : severity === "none" || severity === "info" ? "ok" : "warning");
