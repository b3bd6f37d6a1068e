/** Everything that explore shows, as its address says it: a shared link shows the same. Pure. */

import type { RawRange } from "../time/range";
import type { Dedup } from "./log-lines";

export type Source = "metrics" | "logs";
export type View = "graph" | "table" | "raw";

export interface QueryRow {
  expr: string;
  isOff: boolean;
}

export interface ExploreState {
  source: Source;
  rows: readonly QueryRow[];
  raw: RawRange;
  zone: string;
  /** Seconds; 0: as fits the width. */
  step_s: number;
  view: View;
  exemplars: boolean;
  newestFirst: boolean;
  wrap: boolean;
  dedup: Dedup;
  limit: number;
}

export const LIMITS = [100, 500, 1000, 2000, 5000] as const;
export const DEDUPS: readonly Dedup[] = ["none", "exact", "numbers", "signature"];
const DEFAULT_LIMIT = 500;
const VIEWS: readonly View[] = ["graph", "table", "raw"];

function oneOf<T>(all: readonly T[], wanted: unknown, otherwise: T): T {
  return all.includes(wanted as T) ? (wanted as T) : otherwise;
}

export function readAddress(query: URLSearchParams): ExploreState {
  // an older page wrote `query` for the expression and `range` for the seconds until now
  const expressions = query.has("q") ? query.getAll("q") : query.getAll("query");
  const off = new Set(query.getAll("off"));
  const seconds = Number(query.get("range"));
  const step = Number(query.get("step"));
  return {
    source: oneOf<Source>(["metrics", "logs"], query.get("source"), "metrics"),
    rows: (expressions.length > 0 ? expressions : [""]).map((expr, index) => ({ expr, isOff: off.has(String(index)) })),
    raw: { from: query.get("from") ?? (seconds > 0 ? `now-${seconds}s` : "now-1h"), to: query.get("to") ?? "now" },
    zone: query.get("tz") ?? "browser",
    step_s: step > 0 ? step : 0,
    view: oneOf(VIEWS, query.get("view"), "graph"),
    exemplars: query.get("exemplars") === "1",
    newestFirst: query.get("order") !== "oldest",
    wrap: query.get("wrap") !== "0",
    dedup: oneOf(DEDUPS, query.get("dedup"), "none"),
    limit: oneOf<number>(LIMITS, Number(query.get("limit")), DEFAULT_LIMIT),
  };
}

/** What is as usual is left out. */
export function writeAddress(state: ExploreState): URLSearchParams {
  const query = new URLSearchParams({ source: state.source, from: state.raw.from, to: state.raw.to });
  for (const { expr } of state.rows) query.append("q", expr);
  state.rows.forEach(({ isOff }, index) => isOff && query.append("off", String(index)));
  const extras: readonly [string, string, boolean][] = [
    ["tz", state.zone, state.zone !== "browser"],
    ["step", String(state.step_s), state.step_s > 0],
    ["view", state.view, state.view !== "graph"],
    ["exemplars", "1", state.exemplars],
    ["order", "oldest", !state.newestFirst],
    ["wrap", "0", !state.wrap],
    ["dedup", state.dedup, state.dedup !== "none"],
    ["limit", String(state.limit), state.limit !== DEFAULT_LIMIT],
  ];
  for (const [name, value, isSet] of extras) if (isSet) query.set(name, value);
  return query;
}

export const exploreLink = (source: Source, expr: string, raw: RawRange): string =>
  `/explore?${new URLSearchParams({ source, from: raw.from, to: raw.to, q: expr })}`;

/** A, B, … Z, AA, AB … */
export const refIdOf = (index: number): string => (index < 26 ? "" : refIdOf(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));
