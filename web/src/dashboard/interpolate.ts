/** Variables and macros in texts: `$v`, `${v}`, `${v:format}`, `${v.path}`, `[[v]]`, and what Grafana offers beside them. Pure. */

import type { TimeRange } from "../frame/frame";
import { clockOf } from "../time/zone";
import { durationText } from "../time/range";
import { isObject } from "./json";
import { ALL } from "./variables";
import type { Filter, Variable } from "./model";

/** A variable's chosen values, as they are. `texts`: as people read them. */
export interface Chosen {
  variable: Variable;
  values: readonly string[];
  texts: readonly string[];
}

export type Choices = ReadonlyMap<string, Chosen>;

export interface Scope {
  choices: Choices;
  /** Values that hold for one panel or row only: of repeats. */
  fixed: Readonly<Record<string, readonly string[]>>;
  range: TimeRange;
  timeZone: string;
  dashboard: { uid: string; title: string };
  user: string;
  /** Milliseconds; of the query that the text belongs to. */
  interval_ms?: number;
  rateInterval_ms?: number;
  /** `__data`, `__field`, `__value`, `__series` … for links. */
  more?: Readonly<Record<string, unknown>>;
}

/** How the values of a variable with several stand in the text; "promql" and "logql" are what queries get where nothing is said. */
export type Format = "text" | "promql" | "logql" | "url" | "glob";

// $name, ${name.path:format}, [[name:format]]
const PATTERN = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)((?:\.[\w-]+|\[[^\]]+\])*)(?::([^}]+))?\}/g;

/** `text` with everything replaced that is known; the rest stays as it is. */
export function interpolate(text: string, scope: Scope, format: Format): string {
  if (!text.includes("$") && !text.includes("[[")) return text;
  return text.replace(PATTERN, (all: string, plain?: string, square?: string, squareFormat?: string, braced?: string, path = "", bracedFormat?: string) => {
    const name = plain ?? square ?? braced!;
    const wanted = squareFormat ?? bracedFormat;
    const built = builtIn(name, path, wanted, scope, format);
    if (built !== undefined) return built;
    const values = valuesOf(name, scope);
    if (values === undefined) return all;
    return formatted(values, wanted, format, scope);
  });
}

/** Which variables a text uses; names that no variable has are among them. */
export function variablesIn(text: string): string[] {
  const found: string[] = [];
  for (const [, plain, square, , braced] of text.matchAll(PATTERN)) found.push((plain ?? square ?? braced)!);
  return found;
}

interface Values {
  variable: Variable | undefined;
  values: readonly string[];
  texts: readonly string[];
  /** "All" of a variable whose all-value is written by the author: taken as it is. */
  verbatim?: boolean;
}

function valuesOf(name: string, scope: Scope): Values | undefined {
  const chosen = scope.choices.get(name);
  const fixed = scope.fixed[name];
  if (fixed) return { variable: chosen?.variable, values: fixed, texts: fixed.map((value) => textOf(chosen?.variable, value)) };
  if (!chosen) return undefined;
  const { variable, values } = chosen;
  if (variable.type === "adhoc" || variable.type === "groupby") {
    const filters = (variable.filters ?? []).map((one) => `${one.label}${one.operator}"${one.value}"`);
    return { variable, values: [filters.join(",")], texts: [filters.join(",")], verbatim: true };
  }
  if (values.includes(ALL)) {
    if (variable.allValue !== "") return { variable, values: [variable.allValue], texts: ["All"], verbatim: true };
    const every = variable.options.filter((option) => option.value !== ALL);
    return { variable, values: every.map((option) => option.value), texts: ["All"] };
  }
  return { variable, values, texts: chosen.texts };
}

const textOf = (variable: Variable | undefined, value: string) => variable?.options.find((option) => option.value === value)?.text ?? value;

function formatted(found: Values, wanted: string | undefined, format: Format, scope: Scope): string {
  const { values } = found;
  if (found.verbatim && wanted === undefined) return format === "url" ? encodeURIComponent(values[0] ?? "") : (values[0] ?? "");
  switch (wanted?.split(":")[0]) {
    case undefined:
      return byDefault(found, format);
    case "raw":
      return values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? "");
    case "text":
      return found.texts.join(" + ");
    case "csv":
      return values.join(",");
    case "pipe":
      return values.join("|");
    case "regex":
      return values.length === 1 ? escapedRegex(values[0]!) : `(${values.map(escapedRegex).join("|")})`;
    case "glob":
      return glob(values);
    case "json":
      return JSON.stringify(found.variable && (found.variable.multi || found.variable.includeAll) ? values : (values[0] ?? ""));
    case "singlequote":
      return values.map((value) => `'${value.replace(/'/g, "\\'")}'`).join(",");
    case "doublequote":
      return values.map((value) => `"${value.replace(/"/g, '\\"')}"`).join(",");
    case "sqlstring":
      return values.map((value) => `'${value.replace(/'/g, "''")}'`).join(",");
    case "percentencode":
    case "uriencode":
      return encodeURIComponent(values.length > 1 ? glob(values) : (values[0] ?? ""));
    case "queryparam": {
      const name = found.variable?.name ?? "";
      return values.map((value) => `var-${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
    }
    case "lucene":
      return values.length === 1 ? lucene(values[0]!) : `(${values.map((value) => `"${lucene(value)}"`).join(" OR ")})`;
    case "distributed":
      return values.map((value, index) => (index === 0 ? value : `${found.variable?.name}=${value}`)).join(",");
    case "join":
      return values.join(wanted!.slice(5) || ",");
    case "date":
      return dateText(Number(values[0]), wanted!.slice(5), scope.timeZone);
    default:
      return byDefault(found, format);
  }
}

function byDefault({ variable, values, texts }: Values, format: Format): string {
  const isMany = variable?.multi || variable?.includeAll || values.length > 1;
  switch (format) {
    case "promql":
      if (!isMany) return escapedPlain(values[0] ?? "");
      return values.length === 1 ? escapedForQuery(values[0]!) : `(${values.map(escapedForQuery).join("|")})`;
    case "logql":
      if (!isMany) return values[0] ?? "";
      return values.map(escapedForQuery).join("|");
    case "text":
      return texts.join(" + ");
    case "url":
      return encodeURIComponent(glob(values));
    default:
      return glob(values);
  }
}

const glob = (values: readonly string[]) => (values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? ""));

const escapedRegex = (value: string) => value.replace(/[\\^$*+?.()|[\]{}/]/g, "\\$&");

/** For a regular expression inside a quoted text: every backslash twice. */
const escapedForQuery = (value: string) => value.replace(/\\/g, "\\\\\\\\").replace(/[$^*{}[\]+?.()|]/g, "\\\\$&").replace(/"/g, '\\"');

const escapedPlain = (value: string) => value.replace(/\\/g, "\\\\");

const lucene = (value: string) => value.replace(/([!*+\-=<>\s&|()[\]{}^~?:\\/"])/g, "\\$1");

/** Grafana's own names; undefined where `name` is none. */
function builtIn(name: string, path: string, wanted: string | undefined, scope: Scope, format: Format): string | undefined {
  if (name.startsWith("__")) {
    const scoped = scope.more?.[name];
    if (scoped !== undefined) return scopedText(scoped, path, wanted, format);
  }
  const { range } = scope;
  switch (name) {
    case "__from":
    case "__to": {
      const time = Math.round(name === "__from" ? range.from : range.to);
      return wanted ? dateText(time, wanted.replace(/^date:?/, ""), scope.timeZone) : String(time);
    }
    case "__interval":
    case "interval":
      if (name === "interval" && scope.choices.has("interval")) return undefined;
      return scope.interval_ms === undefined ? undefined : durationText(scope.interval_ms);
    case "__interval_ms":
      return scope.interval_ms === undefined ? undefined : String(scope.interval_ms);
    case "__auto":
      return scope.interval_ms === undefined ? undefined : durationText(scope.interval_ms);
    case "__rate_interval":
      return scope.rateInterval_ms === undefined ? undefined : durationText(scope.rateInterval_ms);
    case "__rate_interval_ms":
      return scope.rateInterval_ms === undefined ? undefined : String(scope.rateInterval_ms);
    case "__range":
      return durationText(Math.max(1000, range.to - range.from));
    case "__range_s":
      return String(Math.round((range.to - range.from) / 1000));
    case "__range_ms":
      return String(Math.round(range.to - range.from));
    case "__dashboard":
      return path === ".uid" ? scope.dashboard.uid : scope.dashboard.title;
    case "__user":
      return path === ".email" ? "" : scope.user;
    case "__org":
      return path === ".name" ? "Main" : "1";
    case "__all_variables":
      return allVariables(scope);
    case "__url_time_range":
      return `from=${Math.round(range.from)}&to=${Math.round(range.to)}`;
    case "__timezone":
      return scope.timeZone;
    case "timeFilter":
    case "__timeFilter":
      return "";
    case "__all":
      return ".*";
    default:
      return undefined;
  }
}

/** `var-a=1&var-b=2`: every choice, for links. */
export function allVariables(scope: Scope): string {
  const parts: string[] = [];
  for (const [name, { variable, values }] of scope.choices) {
    if (variable.type === "adhoc") {
      for (const filter of variable.filters ?? []) parts.push(`var-${encodeURIComponent(name)}=${encodeURIComponent(filterText(filter))}`);
    } else for (const value of scope.fixed[name] ?? values) parts.push(`var-${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  return parts.join("&");
}

/** An ad hoc condition as it stands in an address: `label|=|value`, with its own bars written `__gfp__`. */
export const filterText = (filter: Filter): string => [filter.label, filter.operator, filter.value].map((part) => part.replace(/\|/g, "__gfp__")).join("|");

export function filterOfText(text: string): Filter | null {
  const [label = "", operator = "", value] = text.split("|").map((part) => part.replace(/__gfp__/g, "|"));
  return label === "" || value === undefined || !["=", "!=", "=~", "!~"].includes(operator) ? null : { label, operator: operator as Filter["operator"], value };
}

function scopedText(root: unknown, path: string, wanted: string | undefined, format: Format): string {
  let value = root;
  for (const [, dotted, bracketed] of path.matchAll(/\.([\w-]+)|\[([^\]]+)\]/g)) {
    const key = (dotted ?? bracketed!).replace(/^["']|["']$/g, "");
    value = isObject(value) || Array.isArray(value) ? (value as Record<string, unknown>)[key] : undefined;
  }
  // `${__data.fields[name]}` means its value as text
  if (isObject(value) && ("text" in value || "value" in value)) value = value["text"] ?? value["value"];
  if (value === undefined || value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return format === "url" || wanted === "percentencode" || wanted === "uriencode" ? (wanted === "raw" ? text : encodeURIComponent(text)) : text;
}

/** `iso` (the default), `seconds`, or a pattern of YYYY MM DD HH mm ss. */
function dateText(time: number, pattern: string, zone: string): string {
  if (pattern === "" || pattern === "iso") return new Date(time).toISOString();
  if (pattern === "seconds") return String(Math.floor(time / 1000));
  const clock = clockOf(time, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  const parts: Readonly<Record<string, string>> = {
    YYYY: String(clock.year),
    YY: String(clock.year).slice(-2),
    MM: two(clock.month),
    M: String(clock.month),
    DD: two(clock.day),
    D: String(clock.day),
    HH: two(clock.hour),
    H: String(clock.hour),
    hh: two(clock.hour % 12 || 12),
    mm: two(clock.minute),
    ss: two(clock.second),
    A: clock.hour < 12 ? "AM" : "PM",
  };
  return pattern.replace(/\[([^\]]*)\]|YYYY|YY|MM|M|DD|D|HH|H|hh|mm|ss|A/g, (part: string, literal?: string) => literal ?? parts[part] ?? part);
}
