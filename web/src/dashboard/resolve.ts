/** What variables are worth: what the address and the dashboard choose, and the options that the sources offer, in the order in which they need each other. */

import { Failed } from "../ask/ask";
import { logLabelNames, logLabelValues } from "../ask/logs";
import { labelNames, labelValues, series, type Span } from "../ask/metrics";
import { queryOne } from "../ask/query";
import type { TimeRange } from "../frame/frame";
import { describe } from "../frame/prometheus";
import { durationMs, durationText, intervalMs } from "../time/range";
import { firstChoices, textsOf, type Wanted } from "./choices";
import { type Choices, type Chosen, interpolate, type Scope, variablesIn } from "./interpolate";
import { isObject, text } from "./json";
import type { Variable } from "./model";
import { chooseSource } from "./sources";
import { ALL } from "./variables";

export interface Resolved {
  choices: Choices;
  /** Why a variable has no options, in words for a person. */
  problems: ReadonlyMap<string, string>;
}

type ScopeRest = Omit<Scope, "choices" | "fixed">;

/** Names of variables that this one's query, pattern or source uses. */
export const needs = (variable: Variable): string[] =>
  variablesIn(`${typeof variable.query === "string" ? variable.query : JSON.stringify(variable.query)} ${variable.regex} ${variable.datasource?.uid ?? ""}`);

/**
 * Ask for the options of all variables, those that need others after them, and settle every choice. Answers come from `cache`
 * where the same was asked before. Never throws but for `signal`: a variable that cannot be asked keeps what it had.
 */
export async function resolveVariables(
  variables: readonly Variable[],
  wanted: Wanted,
  rest: ScopeRest,
  cache: Map<string, Promise<Option[]>>,
  signal?: AbortSignal,
): Promise<Resolved> {
  const choices = new Map(firstChoices(variables, wanted));
  const problems = new Map<string, string>();
  const settled = new Map<string, Promise<void>>();
  const settle = async (variable: Variable): Promise<void> => {
    const before = needs(variable).filter((name) => name !== variable.name && settled.has(name));
    await Promise.all(before.map((name) => settled.get(name)));
    try {
      const options = await optionsOf(variable, { ...rest, choices, fixed: {} }, cache, signal);
      if (options) choices.set(variable.name, pick({ ...variable, options }, choices.get(variable.name)!.values, wanted.has(variable.name)));
    } catch (error) {
      if (signal?.aborted) throw error;
      problems.set(variable.name, error instanceof Failed || error instanceof SyntaxError || error instanceof NotAsked ? error.message : String(error));
    }
  };
  for (const variable of inOrder(variables)) settled.set(variable.name, settle(variable));
  await Promise.all(settled.values());
  // the order of the bar is the order of the file
  const result: Choices = new Map(variables.map((variable) => [variable.name, choices.get(variable.name)!]));
  return { choices: result, problems };
}

/** Those that others need come first; a circle is broken where it is met. */
export function inOrder(variables: readonly Variable[]): Variable[] {
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  const done = new Set<Variable>();
  const visit = (variable: Variable, path: ReadonlySet<Variable>) => {
    if (done.has(variable) || path.has(variable)) return;
    for (const name of needs(variable)) {
      const other = byName.get(name);
      if (other) visit(other, new Set([...path, variable]));
    }
    done.add(variable);
  };
  for (const variable of variables) visit(variable, new Set());
  return [...done];
}

/** Keep what is still offered; else "All" or the first. What the address asks for is kept even if nothing offers it. */
function pick(variable: Variable, before: readonly string[], fromAddress: boolean): Chosen {
  const offered = new Set(variable.options.map((option) => option.value));
  const byText = new Map(variable.options.map((option) => [option.text, option.value]));
  let values = before.map((value) => (offered.has(value) ? value : (byText.get(value) ?? value))).filter((value) => value === ALL ? variable.includeAll : fromAddress || offered.has(value));
  if (values.length === 0) {
    const first = variable.includeAll ? ALL : variable.options[0]?.value;
    values = first === undefined ? [] : [first];
  }
  return { variable, values, texts: textsOf(variable, values) };
}

export interface Option {
  text: string;
  value: string;
}

class NotAsked extends Error {}

/** null: nothing to ask for, the choice stands as it is. */
async function optionsOf(variable: Variable, scope: Scope, cache: Map<string, Promise<Option[]>>, signal?: AbortSignal): Promise<Option[] | null> {
  if (variable.type === "interval" && variable.auto) {
    const step = intervalMs(scope.range, variable.auto.count, durationMs(variable.auto.min) ?? 10_000);
    return [{ text: "auto", value: "$__auto" }, ...variable.options].map((option) => (option.value === "$__auto" ? { text: `auto (${durationText(step)})`, value: "$__auto" } : option));
  }
  if (variable.type !== "query") return null;
  const variables = [...scope.choices.values()].map((one) => one.variable);
  const source = chooseSource({ datasource: null, query: isObject(variable.query) ? variable.query : {} }, variable.datasource, variables);
  const asked = isObject(variable.query) ? variable.query : { query: text(variable.query) };
  const kind = source.kind === "logs" || "stream" in asked ? "logs" : source.kind;
  if (kind !== "prometheus" && kind !== "logs") throw new NotAsked(`its data source is not here: ${source.name || source.kind}`);
  const query = kind === "logs" ? logsQuery(asked) : text(asked["query"]) || builtQuery(asked);
  const filled = interpolate(query, scope, kind === "logs" ? "logql" : "promql");
  const span = spanOf(scope.range, variable.refresh);
  const key = JSON.stringify([kind, filled, variable.refresh === "time" ? span : null]);
  let answer = cache.get(key);
  if (!answer) {
    answer = kind === "logs" ? askLogs(filled, span, signal) : askPrometheus(filled, span, signal);
    answer.catch(() => cache.delete(key));
    cache.set(key, answer);
  }
  return sorted(matched(await answer, interpolate(variable.regex, scope, "text")), variable.sort);
}

/** Whole minutes: the same list is asked for once while the page refreshes itself. */
function spanOf(range: TimeRange, refresh: Variable["refresh"]): Span {
  const grain = refresh === "time" ? 60 : 300;
  return { start: Math.floor(range.from / 1000 / grain) * grain, end: Math.ceil(range.to / 1000 / grain) * grain };
}

/** The newer editors keep the parts of the query beside it. */
function builtQuery(asked: Readonly<Record<string, unknown>>): string {
  const label = text(asked["label"]);
  if (label !== "") return text(asked["metric"]) === "" ? `label_values(${label})` : `label_values(${text(asked["metric"])}, ${label})`;
  return text(asked["varQuery"]) || text(asked["seriesQuery"]) || text(asked["metricsQuery"]);
}

function logsQuery(asked: Readonly<Record<string, unknown>>): string {
  if (text(asked["query"]) !== "") return text(asked["query"]);
  const label = text(asked["label"]);
  const stream = text(asked["stream"]);
  if (asked["type"] === 0 || label === "") return "label_names()";
  return stream === "" ? `label_values(${label})` : `label_values(${stream}, ${label})`;
}

const plain = (values: readonly string[]): Option[] => values.map((value) => ({ text: value, value }));

async function askPrometheus(query: string, span: Span, signal?: AbortSignal): Promise<Option[]> {
  const names = /^\s*label_names\((.*)\)\s*$/s.exec(query);
  if (names) return plain(await labelNames(names[1]!.trim() ? [names[1]!.trim()] : [], span, signal));
  const values = /^\s*label_values\((?:(.+),\s*)?([a-zA-Z_$][\w$]*)\s*\)\s*$/s.exec(query);
  if (values) return plain(await labelValues(values[2]!, values[1]?.trim() ? [values[1].trim()] : [], span, signal));
  const metrics = /^\s*metrics\((.*)\)\s*$/s.exec(query);
  if (metrics) {
    const pattern = new RegExp(metrics[1]!.trim());
    return plain((await labelValues("__name__", [], span, signal)).filter((name) => pattern.test(name)));
  }
  const result = /^\s*query_result\((.*)\)\s*$/s.exec(query);
  if (result) return queryResult(result[1]!, span, signal);
  if (query.trim() === "") return [];
  return plain((await series([query.trim()], span, signal)).map(describe));
}

/** `metric{labels} value time`, which the variable's pattern picks apart. */
async function queryResult(expr: string, span: Span, signal?: AbortSignal): Promise<Option[]> {
  const { data } = await queryOne({ source: "prometheus", kind: "instant", expr, time: span.end }, { signal });
  if (data.resultType === "scalar") return plain([String((data.result as [number, string])[1])]);
  if (data.resultType !== "vector") return [];
  return plain((data.result as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => `${describe(metric)} ${value[1]} ${Math.round(value[0] * 1000)}`));
}

async function askLogs(query: string, span: Span, signal?: AbortSignal): Promise<Option[]> {
  const values = /^\s*label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\s*\)\s*$/s.exec(query);
  if (values) return plain(await logLabelValues(values[2]!, values[1]?.trim(), span, signal));
  if (/^\s*label_names\(.*\)\s*$/s.test(query)) return plain(await logLabelNames(undefined, span, signal));
  throw new NotAsked(`its query is not known here: ${query}`);
}

/** The variable's pattern: named groups `text` and `value`, else the first group, else the whole match. Twice the same is once. */
export function matched(options: readonly Option[], regex: string): Option[] {
  const pattern = patternOf(regex);
  const seen = new Set<string>();
  const found: Option[] = [];
  const keep = (option: Option) => {
    if (seen.has(option.value)) return;
    seen.add(option.value);
    found.push(option);
  };
  for (const option of options) {
    if (!pattern) {
      keep(option);
      continue;
    }
    for (const match of pattern.global ? option.value.matchAll(pattern) : [pattern.exec(option.value)]) {
      if (!match) continue;
      const value = match.groups?.["value"] ?? match.groups?.["text"] ?? match.slice(1).find((group) => group !== undefined) ?? match[0];
      keep({ text: match.groups?.["text"] ?? value, value });
    }
  }
  return found;
}

function patternOf(regex: string): RegExp | null {
  if (regex.trim() === "") return null;
  const written = /^\/(.*)\/([a-z]*)$/s.exec(regex);
  return written ? new RegExp(written[1]!, written[2]!.replace(/[^gimsu]/g, "")) : new RegExp(`^${regex}$`);
}

const firstNumber = (option: Option) => Number(/-?\d+(\.\d+)?/.exec(option.text)?.[0] ?? NaN);
const compareNumbers = (a: Option, b: Option) => (Number.isNaN(firstNumber(a)) ? -1 : firstNumber(a)) - (Number.isNaN(firstNumber(b)) ? -1 : firstNumber(b));
const compareTexts = (a: Option, b: Option) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Grafana's numbers: 1, 3, 5, 7 upwards and 2, 4, 6, 8 downwards, by text, number, text without case, and naturally. */
export function sorted(options: Option[], sort: number): Option[] {
  const compare = [
    null,
    compareTexts,
    compareNumbers,
    (a: Option, b: Option) => compareTexts({ ...a, text: a.text.toLowerCase() }, { ...b, text: b.text.toLowerCase() }),
    (a: Option, b: Option) => collator.compare(a.text, b.text),
  ][Math.ceil(sort / 2)];
  if (!compare) return options;
  const ordered = [...options].sort(compare);
  return sort % 2 === 0 ? ordered.reverse() : ordered;
}
