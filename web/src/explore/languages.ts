/** PromQL and LogQL for the editor: colours, and completion from what the stores hold. */

import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { LanguageSupport, LRLanguage } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { parser as logqlParser } from "@grafana/lezer-logql";
import { styleTags, tags } from "@lezer/highlight";
import { PromQLExtension, type PrometheusClient } from "@prometheus-io/codemirror-promql";
import { EqlRegex, EqlSingle, Neq, NeqRegex } from "@prometheus-io/lezer-promql";
import { logLabelNames, logLabelValues } from "../ask/logs";
import { labelNames, labelValues, metadata, series } from "../ask/metrics";
import { expectedAt, FUNCTIONS, STAGES } from "./logql-complete";
import { printed, type Matcher } from "./promql-edit";

const KEPT_MS = 60_000;

/** Answers for completion are asked once a minute at most: every key press asks. A failure offers nothing, and is not kept. */
class Kept {
  readonly #answers = new Map<string, { at: number; answer: Promise<unknown> }>();

  get<T>(key: string, ask: () => Promise<T>, otherwise: T): Promise<T> {
    const known = this.#answers.get(key);
    if (known && Date.now() - known.at < KEPT_MS) return known.answer as Promise<T>;
    const answer = ask().catch(() => {
      this.#answers.delete(key);
      return otherwise;
    });
    this.#answers.set(key, { at: Date.now(), answer });
    return answer;
  }
}

const kept = new Kept();

type TypedMatcher = NonNullable<Parameters<PrometheusClient["labelValues"]>[2]>[number];

const OPERATORS = new Map<number, Matcher["op"]>([[EqlSingle, "="], [Neq, "!="], [EqlRegex, "=~"], [NeqRegex, "!~"]]);

/** A selector of what was typed so far; what cannot be used yet is left out. */
function selectorOf(metric = "", matchers: readonly TypedMatcher[] = [], without = ""): string[] {
  const parts = matchers.flatMap((matcher) => {
    const op = OPERATORS.get(matcher.type);
    return op === undefined || matcher.name === without || matcher.value === "" ? [] : [printed({ name: matcher.name, op, value: matcher.value })];
  });
  return metric === "" && parts.length === 0 ? [] : [`${metric}{${parts.join(",")}}`];
}

const client: PrometheusClient = {
  labelNames: (metric) => kept.get(`names ${metric}`, () => labelNames(selectorOf(metric)), []),
  labelValues: (label, metric, matchers) => {
    const selectors = selectorOf(metric, matchers, label);
    return kept.get(`values ${label} ${selectors.join()}`, () => labelValues(label, selectors), []);
  },
  metricMetadata: () => kept.get("metadata", () => metadata(), {}),
  metricNames: () => kept.get("metrics", () => labelValues("__name__"), []),
  series: async (metric, matchers, label) => {
    const selectors = selectorOf(metric, matchers, label);
    if (selectors.length === 0) return [];
    const found = await kept.get(`series ${selectors.join()}`, () => series(selectors), []);
    return found.map((labels) => new Map(Object.entries(labels)));
  },
  flags: () => Promise.resolve({}),
};

export const promql = (): Extension => new PromQLExtension().activateLinter(false).setComplete({ remote: client }).asExtension();

const logqlLanguage = LRLanguage.define({
  name: "logql",
  parser: logqlParser.configure({
    props: [styleTags({
      LineComment: tags.lineComment,
      "String": tags.string,
      "Number Duration Bytes": tags.number,
      "Identifier Label": tags.labelName,
      "RangeOp/... VectorOp/... LabelReplace Vector ConvOp/...": tags.function(tags.variableName),
      "Json Logfmt Regexp Pattern Unpack Unwrap LabelFormat LineFormat Decolorize Drop Keep": tags.keyword,
      "By Without On Ignoring GroupLeft GroupRight Bool And Or Unless Offset": tags.operatorKeyword,
      "PipeExact PipeMatch PipePattern Npa Nre Neq Eq Re": tags.operator,
    })],
  }),
  languageData: { closeBrackets: { brackets: ["(", "[", "{", '"', "`"] }, commentTokens: { line: "#" } },
});

async function completeLogQL(context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const expected = expectedAt(text, context.pos);
  if (expected === null || (expected.kind === "function" && !context.explicit && expected.from === context.pos)) return null;
  const result = (options: Completion[]): CompletionResult => ({ from: expected.from, options, validFor: expected.kind === "value" ? /^[^"`]*$/ : /^\w*$/ });
  switch (expected.kind) {
    case "label": {
      const names = await kept.get(`log names ${expected.selector}`, () => logLabelNames(expected.selector || undefined), []);
      return result(names.map((label) => ({ label, type: "property", apply: /^\s*(?:=|!)/.test(text.slice(context.pos)) ? label : `${label}=` })));
    }
    case "value": {
      const values = await kept.get(`log values ${expected.label} ${expected.selector}`, () => logLabelValues(expected.label, expected.selector || undefined), []);
      return result(values.map((label) => ({ label, type: "text" })));
    }
    case "stage": {
      const labels = await kept.get(`log names ${expected.selector}`, () => logLabelNames(expected.selector || undefined), []);
      return result([...STAGES.map((stage) => ({ ...stage, type: "keyword" })), ...labels.map((label) => ({ label, type: "property", detail: "label" }))]);
    }
    case "range":
      return result(["1m", "5m", "10m", "1h"].map((label) => ({ label, type: "constant" })));
    case "function":
      return result(FUNCTIONS.map((word) => ({ ...word, type: "function" })));
  }
}

export const logql = (): Extension => [new LanguageSupport(logqlLanguage), autocompletion({ override: [completeLogQL] })];
