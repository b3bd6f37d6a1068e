/** Changing a PromQL text by its syntax tree: matchers added by a click, and advice on what a metric's type asks for. Pure. */

import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import { changed, quoted, unquoted, type Change } from "./quoting";

export interface Matcher {
  name: string;
  op: "=" | "!=" | "=~" | "!~";
  value: string;
}

/** Advice with the text that follows from it. */
export interface Hint {
  text: string;
  expr: string;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OVER_RANGE = new Set(["rate", "irate", "increase", "delta", "idelta", "deriv", "resets", "changes", "absent_over_time", "present_over_time"]);
const RATE_RANGE = "5m";

export const printed = ({ name, op, value }: Matcher): string => `${PLAIN_NAME.test(name) ? name : quoted(name)}${op}${quoted(value)}`;

function selectorsOf(expr: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.name === "VectorSelector") found.push(node.node);
    },
  });
  return found;
}

function readMatcher(expr: string, node: SyntaxNode): Matcher | null {
  const at = (child: SyntaxNode | null) => (child === null ? "" : expr.slice(child.from, child.to));
  const name = node.getChild("LabelName") ?? node.getChild("QuotedLabelName");
  const value = node.getChild("StringLiteral");
  const op = at(node.getChild("MatchOp"));
  if (name === null || value === null || (op !== "=" && op !== "!=" && op !== "=~" && op !== "!~")) return null;
  const text = at(name);
  return { name: text.startsWith('"') ? unquoted(text) : text, op, value: unquoted(at(value)) };
}

/** Every selector of `expr` with the matcher added; an opposite matcher of the same value goes, an equal one is not doubled. */
export function withMatcher(expr: string, matcher: Matcher): string {
  const changes: Change[] = [];
  for (const selector of selectorsOf(expr)) {
    const braces = selector.getChild("LabelMatchers");
    if (braces === null) {
      changes.push({ from: selector.to, to: selector.to, insert: `{${printed(matcher)}}` });
      continue;
    }
    const kept: string[] = [];
    for (let child = braces.firstChild; child !== null; child = child.nextSibling) {
      const known = readMatcher(expr, child);
      if (known === null || known.name !== matcher.name || known.value !== matcher.value) kept.push(expr.slice(child.from, child.to));
    }
    changes.push({ from: braces.from, to: braces.to, insert: `{${[...kept, printed(matcher)].join(", ")}}` });
  }
  return changed(expr, changes);
}

/** Names of the metrics that the text asks for, in order, each once. */
export function metricsOf(expr: string): string[] {
  const names = selectorsOf(expr).map((selector) => selector.getChild("Identifier")).filter((node) => node !== null);
  return [...new Set(names.map((node) => expr.slice(node.from, node.to)))];
}

function isInsideRange(expr: string, selector: SyntaxNode): boolean {
  for (let node = selector.parent; node !== null; node = node.parent) {
    if (node.name === "MatrixSelector" || node.name === "SubqueryExpr") return true;
    const name = node.name === "FunctionCall" ? node.getChild("FunctionIdentifier") : null;
    if (name !== null && OVER_RANGE.has(expr.slice(name.from, name.to))) return true;
  }
  return false;
}

/** `types`: what Prometheus' metadata says of each metric; `series`: how many the last answer had, where there was one. */
export function hintsFor(expr: string, types: Readonly<Record<string, string>>, series = 0): Hint[] {
  const hints: Hint[] = [];
  for (const selector of selectorsOf(expr)) {
    const identifier = selector.getChild("Identifier");
    if (identifier === null || isInsideRange(expr, selector)) continue;
    const name = expr.slice(identifier.from, identifier.to);
    const text = expr.slice(selector.from, selector.to);
    const replaced = (insert: string) => changed(expr, [{ from: selector.from, to: selector.to, insert }]);
    if (isBucket(name, types)) {
      hints.push({
        text: `${name} holds a histogram's buckets: show its 95th percentile`,
        expr: replaced(`histogram_quantile(0.95, sum by (le) (rate(${text}[${RATE_RANGE}])))`),
      });
    } else if (isCounter(name, types)) {
      hints.push({ text: `${name} only grows: show its rate per second`, expr: replaced(`rate(${text}[${RATE_RANGE}])`) });
    }
  }
  if (hints.length === 0 && series > MANY_SERIES && !/^\s*(?:sum|avg|min|max|count|topk|bottomk|quantile)\b/.test(expr)) {
    hints.push({ text: `${series} series: add them up by job`, expr: `sum by (job) (${expr.trim()})` });
  }
  return hints;
}

const MANY_SERIES = 20;

function isBucket(name: string, types: Readonly<Record<string, string>>): boolean {
  return name.endsWith("_bucket") && (types[name] ?? types[name.slice(0, -"_bucket".length)] ?? "histogram") === "histogram";
}

function isCounter(name: string, types: Readonly<Record<string, string>>): boolean {
  const type = types[name];
  if (type !== undefined) return type === "counter";
  const family = types[name.replace(/_(?:count|sum)$/, "")];
  if (/_(?:count|sum)$/.test(name) && (family === "histogram" || family === "summary")) return true;
  return name.endsWith("_total");
}
