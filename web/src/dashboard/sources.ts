/** Which of the console's sources a dashboard means: every way in which Grafana's JSON names a data source. Pure. */

import { isObject, type Json, text } from "./json";
import type { DataSourceRef, Target, Variable } from "./model";

export type SourceKind = "prometheus" | "logs" | "traces" | "alertmanager" | "grafana" | "dashboard" | "mixed" | "expression" | "foreign";

export interface SourceChoice {
  kind: SourceKind;
  /** What it is called in the dashboard, for words about it. */
  name: string;
}

/** Plugin ids of what speaks the protocol of one of our sources. */
const PLUGINS: Readonly<Record<string, SourceKind>> = {
  prometheus: "prometheus",
  "grafana-amazonprometheus-datasource": "prometheus",
  "grafana-azureprometheus-datasource": "prometheus",
  "victoriametrics-datasource": "prometheus",
  "victoriametrics-metrics-datasource": "prometheus",
  loki: "logs",
  tempo: "traces",
  alertmanager: "alertmanager",
  "camptocamp-prometheus-alertmanager-datasource": "foreign",
  grafana: "grafana",
  mixed: "mixed",
  datasource: "mixed",
  dashboard: "dashboard",
  __expr__: "expression",
};

const NAMES: Readonly<Record<string, SourceKind>> = {
  "-- Grafana --": "grafana",
  grafana: "grafana",
  "-- Mixed --": "mixed",
  "-- Dashboard --": "dashboard",
  __expr__: "expression",
  logs: "logs",
};

/** What is offered where a dashboard lets people choose a source of a type. */
export const OFFERED: Readonly<Record<string, readonly { text: string; value: string }[]>> = {
  prometheus: [{ text: "Prometheus", value: "prometheus" }],
  loki: [{ text: "Logs", value: "loki" }],
  tempo: [{ text: "Traces", value: "tempo" }],
  alertmanager: [{ text: "Alertmanager", value: "alertmanager" }],
};

/** The source type of an offered data source variable's query; unknown plugins have none. */
export const offeredOf = (plugin: string) => {
  const kind = PLUGINS[plugin];
  return OFFERED[plugin] ?? (kind === "prometheus" ? OFFERED["prometheus"]! : []);
};

/** Any form of a reference as `{type, uid}`; null where the dashboard leaves it open. `inputs`: `${DS_X}` → plugin id. */
export function sourceRef(value: unknown, inputs: Readonly<Record<string, string>> = {}): DataSourceRef | null {
  if (typeof value === "string") {
    if (value === "" || value === "default" || value === "null") return null;
    return { type: inputs[variableIn(value) ?? ""] ?? "", uid: value };
  }
  if (!isObject(value)) return null;
  const uid = text(value["uid"]);
  const type = text(value["type"]) || (inputs[variableIn(uid) ?? ""] ?? "");
  return uid === "" && type === "" ? null : { type, uid };
}

/** The name inside `$name`, `${name}`, `${name:text}` or `[[name]]`, where the text is nothing else. */
export function variableIn(value: string): string | null {
  return /^(?:\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\])$/.exec(value)?.slice(1).find(Boolean) ?? null;
}

/**
 * The source of a query. What a query itself names comes first, then its panel's, then what its text looks like: a dashboard
 * that names nothing means the default source, which is Prometheus.
 */
export function chooseSource(target: Pick<Target, "datasource" | "query">, panel: DataSourceRef | null, variables: readonly Variable[]): SourceChoice {
  const own = kindOf(target.datasource, variables);
  const found = own && own.kind !== "mixed" ? own : kindOf(panel, variables);
  if (found && found.kind !== "mixed") return found;
  return { kind: guess(target.query), name: "" };
}

function kindOf(ref: DataSourceRef | null, variables: readonly Variable[], depth = 0): SourceChoice | null {
  if (!ref) return null;
  const name = variableIn(ref.uid);
  const kind = PLUGINS[ref.type];
  if (NAMES[ref.uid]) return { kind: NAMES[ref.uid]!, name: ref.uid };
  if (kind) return { kind, name: ref.uid };
  if (ref.type !== "") return { kind: "foreign", name: ref.type };
  if (name !== null) {
    const variable = variables.find((one) => one.name === name);
    if (variable?.type === "datasource") return { kind: PLUGINS[text(variable.query)] ?? "foreign", name: text(variable.query) };
    const value = variable?.current[0] ?? variable?.options[0]?.value;
    if (value && depth < 3) return kindOf({ type: "", uid: value }, variables, depth + 1);
  }
  // a name or a uid of somebody else's Grafana
  const lower = ref.uid.toLowerCase();
  if (/loki|(^|[^a-z])logs?([^a-z]|$)/.test(lower)) return { kind: "logs", name: ref.uid };
  if (/tempo/.test(lower)) return { kind: "traces", name: ref.uid };
  if (/prom|mimir|thanos|cortex|victoria/.test(lower)) return { kind: "prometheus", name: ref.uid };
  const other = /influx|elastic|opensearch|cloudwatch|graphite|mysql|postgres|clickhouse|bigquery|zabbix|jaeger|mssql|stackdriver|azure/.exec(lower);
  if (other) return { kind: "foreign", name: ref.uid };
  return null;
}

/** What the fields of a query tell about its source. */
function guess(query: Json): SourceKind {
  if (typeof query["expr"] === "string") return looksLikeLogs(query["expr"]) || "maxLines" in query ? "logs" : "prometheus";
  if (typeof query["rawSql"] === "string" || "measurement" in query || "rawQuery" in query || "bucketAggs" in query || "namespace" in query) return "foreign";
  if (text(query["queryType"]).startsWith("traceql")) return "traces";
  return "prometheus";
}

/** LogQL begins with a selector that is followed by a pipe or a line filter, or takes one into a range of its own. */
const looksLikeLogs = (expr: string) =>
  /\}\s*(\|=|\|~|!=\s*["`]|!~\s*["`]|\|\s*(json|logfmt|unpack|pattern|regexp|line_format|label_format|unwrap)\b)/.test(expr) || /^\s*\{[^}]*\}\s*$/.test(expr);
