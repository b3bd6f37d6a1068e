/** Prometheus' reads: labels, series, metadata, rules and targets, through the console. */

import { ask } from "./ask";

const ROOT = "/api/prometheus/api/v1";

interface Enveloped<T> {
  data: T;
}

async function read<T>(path: string, values: Readonly<Record<string, string | readonly string[] | undefined>>, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) query.append(name, one);
  }
  const text = query.toString();
  return (await ask<Enveloped<T>>(`${ROOT}/${path}${text && `?${text}`}`, { signal })).data;
}

/** Seconds since 1970. */
export interface Span {
  start: number;
  end: number;
}

const span = (of?: Span) => ({ start: of?.start.toString(), end: of?.end.toString() });

export const labelNames = (matchers: readonly string[] = [], of?: Span, signal?: AbortSignal) =>
  read<string[]>("labels", { "match[]": matchers, ...span(of) }, signal);

export const labelValues = (label: string, matchers: readonly string[] = [], of?: Span, signal?: AbortSignal) =>
  read<string[]>(`label/${encodeURIComponent(label)}/values`, { "match[]": matchers, ...span(of) }, signal);

export const series = (matchers: readonly string[], of?: Span, signal?: AbortSignal) =>
  read<Record<string, string>[]>("series", { "match[]": matchers, ...span(of) }, signal);

export interface MetricMetadata {
  type: string;
  help: string;
  unit: string;
}

export const metadata = (signal?: AbortSignal) => read<Record<string, MetricMetadata[]>>("metadata", {}, signal);

export interface RuleAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: "pending" | "firing";
  activeAt?: string;
  value: string;
}

export interface Rule {
  name: string;
  query: string;
  duration?: number;
  keepFiringFor?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  alerts?: RuleAlert[];
  health: string;
  lastError?: string;
  type: "alerting" | "recording";
  state?: "inactive" | "pending" | "firing";
  lastEvaluation: string;
  evaluationTime: number;
}

export interface RuleGroup {
  name: string;
  file: string;
  interval: number;
  rules: Rule[];
}

export const ruleGroups = async (signal?: AbortSignal) => (await read<{ groups: RuleGroup[] }>("rules", {}, signal)).groups;
