/** The address holds the whole state of a dashboard: time, zone, refresh, variables, the panel that fills the screen. Pure. */

import type { RawRange } from "../time/range";
import { type Choices, filterText } from "./interpolate";
import type { Dashboard } from "./model";
import type { Wanted } from "./choices";

export interface State {
  raw: RawRange;
  zone: string;
  refresh_s: number;
  wanted: Wanted;
  /** The key of the panel that is shown alone. */
  viewPanel: string;
  tab: string;
}

export function readState(board: Dashboard, query: URLSearchParams): State {
  const wanted = new Map<string, string[]>();
  for (const [name, value] of query) {
    if (name.startsWith("var-")) wanted.set(name.slice(4), [...(wanted.get(name.slice(4)) ?? []), value]);
  }
  return {
    raw: { from: query.get("from") || board.time.from, to: query.get("to") || board.time.to },
    zone: query.get("timezone") || query.get("tz") || board.timeZone,
    refresh_s: query.has("refresh") ? refreshOf(query.get("refresh")!) : board.refresh_s,
    wanted,
    viewPanel: (query.get("viewPanel") ?? "").replace(/^panel-/, ""),
    tab: query.get("tab") ?? query.get("dtab") ?? "",
  };
}

export const REFRESHES: readonly { name: string; seconds: number }[] = [
  { name: "Off", seconds: 0 },
  { name: "5s", seconds: 5 },
  { name: "10s", seconds: 10 },
  { name: "30s", seconds: 30 },
  { name: "1m", seconds: 60 },
  { name: "5m", seconds: 300 },
  { name: "15m", seconds: 900 },
  { name: "1h", seconds: 3600 },
];

function refreshOf(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
  return found ? Number(found[1]) * { s: 1, m: 60, h: 3600 }[found[2] as "s"] : 0;
}

export const refreshName = (seconds: number): string => REFRESHES.find((one) => one.seconds === seconds)?.name ?? (seconds < 60 ? `${seconds}s` : `${seconds / 60}m`);

/** What a variable's new values change in the address. An empty choice stays visible as an empty value. */
export function variableChange(name: string, values: readonly string[]): Record<string, readonly string[]> {
  return { [`var-${name}`]: values.length === 0 ? [""] : values };
}

/** Every choice, for an address that another person opens to see the same. */
export function allVariablesChange(choices: Choices): Record<string, readonly string[] | null> {
  const changes: Record<string, readonly string[] | null> = {};
  for (const [name, { variable, values }] of choices) {
    if (variable.type === "adhoc") changes[`var-${name}`] = variable.filters?.length ? variable.filters.map(filterText) : null;
    else changes[`var-${name}`] = values;
  }
  return changes;
}
