/** From a panel to the queries that its source is asked, and from the answers to its frames. Pure but for the code that ad hoc filters load. */

import type { Envelope, Query } from "../ask/query";
import type { Frame, TimeRange } from "../frame/frame";
import { isStreams, logFrame } from "../frame/logs";
import { framesOf } from "../frame/prometheus";
import { durationMs, intervalMs, panelRange } from "../time/range";
import { interpolate, type Scope } from "./interpolate";
import { flag, number, text } from "./json";
import type { Filter, Panel, Target, Variable } from "./model";
import { chooseSource } from "./sources";

/** How often Prometheus is expected to look: what rates and steps rely on where nothing else is said. */
export const SCRAPE_MS = 15_000;
const LOG_LINES = 1000;
const POINTS_AT_MOST = 11_000;

export type Asked = Omit<Query, "id">;

export interface Planned {
  refId: string;
  asked: Asked;
  framesOf(body: Envelope): Frame[];
}

/** A search for traces is no query of the batch: it has a path of its own. */
export interface PlannedSearch {
  refId: string;
  path: string;
}

export interface Plan {
  key: string;
  queries: readonly Planned[];
  searches: readonly PlannedSearch[];
  range: TimeRange;
  interval_ms: number;
  /** The same for the same questions. */
  identity: string;
}

/** Which conditions of ad hoc variables hold for which source. */
export interface Filtering {
  filters: readonly { kind: "prometheus" | "logs"; filter: Filter }[];
  /** Adds a condition to every selector of a query. */
  add(kind: "prometheus" | "logs", expr: string, filter: Filter): string;
}

export interface PlanContext {
  scope: Scope;
  now: number;
  /** Pixels: as many points are asked for, unless the panel says otherwise. */
  width: number;
  filtering: Filtering | null;
  /** Panels of the whole dashboard, for those that show another one's answers. */
  panels: readonly Panel[];
}

export function planPanel(panel: Panel, context: PlanContext): Plan {
  const { scope } = context;
  const variables = [...scope.choices.values()].map((one) => one.variable);
  const fixed = { ...scope.fixed, ...panel.scope };
  const range = panelRange(scope.range, fill(panel.timeFrom, { ...scope, fixed }), fill(panel.timeShift, { ...scope, fixed }), context.now, scope.timeZone);
  const points = panel.maxDataPoints ?? Math.max(100, Math.round(context.width));
  const least = durationMs(fill(panel.interval, { ...scope, fixed }) ?? "") ?? SCRAPE_MS;
  const interval_ms = intervalMs(range, points, least);
  const local: Scope = { ...scope, fixed, range, interval_ms, rateInterval_ms: Math.max(interval_ms + SCRAPE_MS, 4 * SCRAPE_MS) };
  const { targets, datasource } = askedBy(panel, variables, context.panels);
  const tables = targets.filter((target) => !target.hide && text(target.query["format"]) === "table").length;
  const queries: Planned[] = [];
  const searches: PlannedSearch[] = [];
  for (const target of targets) {
    if (target.hide) continue;
    const source = chooseSource(target, datasource, variables);
    if (source.kind === "prometheus") queries.push(...metricQueries(target, { local, least, points, tables, filtering: context.filtering }));
    else if (source.kind === "logs") queries.push(...logQueries(target, { local, least, points, tables, filtering: context.filtering }));
    else if (source.kind === "traces") searches.push(...traceSearch(target, local));
  }
  const identity = JSON.stringify([queries.map(({ refId, asked }) => [refId, asked]), searches]);
  return { key: panel.key, queries, searches, range, interval_ms, identity };
}

const fill = (given: string | undefined, scope: Scope) => (given === undefined ? undefined : interpolate(given, scope, "text"));

/** The panel whose queries are asked: another one, where the source is "-- Dashboard --". */
function askedBy(panel: Panel, variables: readonly Variable[], panels: readonly Panel[]): Pick<Panel, "targets" | "datasource"> {
  const [first] = panel.targets;
  if (!first || chooseSource(first, panel.datasource, variables).kind !== "dashboard") return panel;
  const id = number(first.query["panelId"]);
  return panels.find((one) => one.id === id && one.key !== panel.key) ?? { targets: [], datasource: null };
}

interface TargetContext {
  local: Scope;
  least: number;
  points: number;
  tables: number;
  filtering: Filtering | null;
}

interface Steps {
  step_ms: number;
  scope: Scope;
}

/** A query may have a smallest step of its own, and be told to be coarser. */
function stepsOf(target: Target, { local, least, points }: TargetContext): Steps {
  const own = durationMs(interpolate(text(target.query["interval"]), local, "text"));
  const factor = number(target.query["intervalFactor"]) ?? number(target.query["resolution"]) ?? 1;
  const scrape = own ?? least;
  const span = local.range.to - local.range.from;
  let step_ms = Math.max(intervalMs(local.range, points, own ?? least), own ?? 0) * Math.max(1, factor);
  if (span / step_ms > POINTS_AT_MOST) step_ms = Math.ceil(span / POINTS_AT_MOST / 1000) * 1000;
  const fixedStep = durationMs(interpolate(text(target.query["step"]), local, "text"));
  if (fixedStep && typeof target.query["step"] === "string") step_ms = fixedStep;
  return { step_ms, scope: { ...local, interval_ms: step_ms, rateInterval_ms: Math.max(step_ms + scrape, 4 * scrape) } };
}

/** Begin and end on whole steps, so that the points of one refresh and the next are the same. */
function aligned(range: TimeRange, step_ms: number) {
  const start = Math.floor(range.from / step_ms) * step_ms;
  const end = Math.max(start, Math.floor(range.to / step_ms) * step_ms);
  return { start, end };
}

function exprOf(target: Target, kind: "prometheus" | "logs", scope: Scope, filtering: Filtering | null): string {
  const filled = interpolate(text(target.query["expr"]) || text(target.query["query"]), scope, kind === "prometheus" ? "promql" : "logql");
  if (!filtering) return filled;
  return filtering.filters.reduce((expr, one) => (one.kind === kind ? filtering.add(kind, expr, one.filter) : expr), filled);
}

const FORMATS = { table: "table", heatmap: "heatmap" } as const;

function metricQueries(target: Target, context: TargetContext): Planned[] {
  const { step_ms, scope } = stepsOf(target, context);
  const expr = exprOf(target, "prometheus", scope, context.filtering);
  if (expr.trim() === "") return [];
  const format = FORMATS[text(target.query["format"]) as "table"] ?? "time_series";
  const legend = text(target.query["legendFormat"], "__auto");
  const common = { refId: target.refId, expr, legend: legend === "__auto" ? legend : interpolate(legend, scope, "text"), format, amongOthers: context.tables > 1 };
  const planned: Planned[] = [];
  const isInstant = flag(target.query["instant"]);
  if (isInstant) {
    const asked: Asked = { source: "prometheus", kind: "instant", expr, time: scope.range.to / 1000 };
    planned.push({ refId: target.refId, asked, framesOf: (body) => framesOf(body, common) });
  }
  if (!isInstant || flag(target.query["range"])) {
    const { start, end } = aligned(scope.range, step_ms);
    const asked: Asked = { source: "prometheus", kind: "range", expr, start: start / 1000, end: end / 1000, step: step_ms / 1000 };
    planned.push({ refId: target.refId, asked, framesOf: (body) => framesOf(body, { ...common, start, end, step: step_ms }) });
  }
  return planned;
}

function logQueries(target: Target, context: TargetContext): Planned[] {
  const { step_ms, scope } = stepsOf(target, { ...context, least: Math.min(context.least, 1000) });
  const expr = exprOf(target, "logs", scope, context.filtering);
  if (expr.trim() === "") return [];
  const legend = text(target.query["legendFormat"], "__auto");
  const common = { refId: target.refId, expr, legend: legend === "__auto" ? legend : interpolate(legend, scope, "text"), format: "time_series" as const };
  const direction = text(target.query["direction"]) === "forward" ? ("forward" as const) : ("backward" as const);
  const limit = number(target.query["maxLines"]) ?? LOG_LINES;
  const { start, end } = aligned(scope.range, step_ms);
  const make = (body: Envelope, more: object) => (isStreams(body) ? [logFrame(body, target.refId, direction)] : framesOf(body, { ...common, ...more }));
  if (text(target.query["queryType"]) === "instant" || flag(target.query["instant"])) {
    return [{ refId: target.refId, asked: { source: "logs", kind: "instant", expr, time: scope.range.to / 1000, limit, direction }, framesOf: (body) => make(body, {}) }];
  }
  // lines up to the very end, not only to the last whole step
  const asked: Asked = { source: "logs", kind: "range", expr, start: start / 1000, end: scope.range.to / 1000, step: step_ms / 1000, limit, direction };
  return [{ refId: target.refId, asked, framesOf: (body) => make(body, { start, end, step: step_ms }) }];
}

function traceSearch(target: Target, scope: Scope): PlannedSearch[] {
  const query = interpolate(text(target.query["query"]), scope, "text").trim();
  const span = { start: String(Math.floor(scope.range.from / 1000)), end: String(Math.ceil(scope.range.to / 1000)) };
  if (/^[0-9a-f]{16,32}$/i.test(query)) return [{ refId: target.refId, path: `/api/tempo/api/traces/${query}` }];
  const values = new URLSearchParams({ q: query || "{}", limit: String(number(target.query["limit"]) ?? 20), ...span });
  return [{ refId: target.refId, path: `/api/tempo/api/search?${values.toString()}` }];
}

interface FoundTrace {
  traceID: string;
  rootServiceName?: string;
  rootTraceName?: string;
  startTimeUnixNano?: string;
  durationMs?: number;
}

/** Found traces as a table. */
export function tracesFrame(answer: unknown, refId: string): Frame {
  const found = ((answer as { traces?: FoundTrace[] } | null)?.traces ?? []) as FoundTrace[];
  const column = (name: string, type: "string" | "number" | "time", values: unknown[], config = {}) => ({ name, type, values, config });
  return {
    refId,
    kind: "table",
    length: found.length,
    fields: [
      column("traceID", "string", found.map((one) => one.traceID), { displayName: "Trace ID", links: [{ title: "Open the trace", url: "/traces/${__value.raw}" }] }),
      column("startTime", "time", found.map((one) => Number((one.startTimeUnixNano ?? "0").slice(0, -6))), { displayName: "Start time" }),
      column("traceService", "string", found.map((one) => one.rootServiceName ?? ""), { displayName: "Service" }),
      column("traceName", "string", found.map((one) => one.rootTraceName ?? ""), { displayName: "Name" }),
      column("traceDuration", "number", found.map((one) => one.durationMs ?? null), { displayName: "Duration", unit: "ms" }),
    ],
  };
}

/** Texts of a panel that variables may stand in. */
export const textsOf = (panel: Panel): string =>
  JSON.stringify([panel.targets.map((target) => [target.query, target.datasource]), panel.datasource, panel.interval, panel.timeFrom, panel.timeShift]);
