/** Changing a LogQL text by its syntax tree: filters added by a click, and the query that counts lines by level. Pure. */

import type { SyntaxNode } from "@lezer/common";
import { parser } from "@grafana/lezer-logql";
import { changed, quoted, unquoted } from "./quoting";

/** Where a name of a log line comes from; a detected one needs a parser in the query before it can be filtered by. */
export type NameKind = "stream" | "metadata" | "parsed" | "json" | "logfmt";

export interface LogFilter {
  name: string;
  value: string;
  keep: boolean;
  kind: NameKind;
}

function nodesNamed(expr: string, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.name === name) found.push(node.node);
    },
  });
  return found;
}

/** Whether the answer is numbers over time and not lines. */
export const isMetricQuery = (expr: string): boolean => nodesNamed(expr, "MetricExpr").length > 0;

/** The name as the pipeline spells it: what is not a letter, a digit or _ becomes _. */
export const sanitised = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=[0-9])/, "_");

/** Every stream selector of `expr` with its pipeline filtered. An opposite filter goes, an equal one is not doubled. */
export function withLogFilter(expr: string, filter: LogFilter): string {
  const changes = nodesNamed(expr, "Selector").map((selector) =>
    filter.kind === "stream" ? matcherChange(expr, selector, filter) : stageChange(expr, selector, filter));
  return changed(expr, changes.filter((change) => change !== null));
}

/** Every pipeline with a line filter: keep only lines that hold `text`. */
export function withLineFilter(expr: string, text: string, keep: boolean): string {
  return changed(expr, nodesNamed(expr, "Selector").map((selector) =>
    ({ from: selector.to, to: selector.to, insert: ` ${keep ? "|=" : "!="} ${quoted(text)}` })));
}

interface Matching {
  node: SyntaxNode;
  name: string;
  value: string;
}

function readMatcher(expr: string, node: SyntaxNode): Matching {
  const name = node.getChild("Identifier");
  const value = node.getChild("String");
  return {
    node,
    name: name === null ? "" : expr.slice(name.from, name.to),
    value: value === null ? "" : unquoted(expr.slice(value.from, value.to)),
  };
}

/** Matchers nest to the left: the innermost is the first. */
function matchersOf(expr: string, selector: SyntaxNode): Matching[] {
  const found: Matching[] = [];
  const visit = (node: SyntaxNode) => {
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === "Matcher") found.push(readMatcher(expr, child));
      else if (child.name === "Matchers") visit(child);
    }
  };
  visit(selector);
  return found;
}

function matcherChange(expr: string, selector: SyntaxNode, { name, value, keep }: LogFilter) {
  const kept = matchersOf(expr, selector)
    .filter((known) => known.name !== name || known.value !== value)
    .map(({ node }) => expr.slice(node.from, node.to));
  return { from: selector.from, to: selector.to, insert: `{${[...kept, `${name}${keep ? "=" : "!="}${quoted(value)}`].join(", ")}}` };
}

function stageChange(expr: string, selector: SyntaxNode, { name, value, keep, kind }: LogFilter) {
  const pipeline = pipelineOf(selector);
  const text = pipeline === null ? "" : expr.slice(pipeline.from, pipeline.to);
  const wanted = `${sanitised(name)}${keep ? "=" : "!="}${quoted(value)}`;
  const stages = pipeline === null ? [] : stagesOf(pipeline);
  const same = stages.map((stage) => soleMatcher(expr, stage)).find((known) => known?.name === sanitised(name) && known.value === value);
  if (same) return { from: same.node.from, to: same.node.to, insert: wanted };
  const needsParser = (kind === "json" || kind === "logfmt") && !new RegExp(`\\|\\s*${kind}\\b`).test(text);
  const at = pipeline?.to ?? selector.to;
  return { from: at, to: at, insert: `${needsParser ? ` | ${kind}` : ""} | ${wanted}` };
}

function pipelineOf(selector: SyntaxNode): SyntaxNode | null {
  for (let next = selector.nextSibling; next !== null; next = next.nextSibling) if (next.name === "PipelineExpr") return next;
  return null;
}

function stagesOf(pipeline: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = pipeline.firstChild; child !== null; child = child.nextSibling) {
    if (child.name === "PipelineExpr") found.push(...stagesOf(child));
    else found.push(child);
  }
  return found;
}

/** The matcher of a stage that is one label filter and nothing else. */
function soleMatcher(expr: string, stage: SyntaxNode): Matching | null {
  const filter = stage.getChild("LabelFilter");
  const matcher = filter?.getChild("Matcher") ?? null;
  if (filter === null || matcher === null || matcher.from !== filter.from || matcher.to !== filter.to) return null;
  return readMatcher(expr, matcher);
}

/** Lines per `step_s`, by what the store calls their level; null where `expr` does not answer lines. */
export function volumeQuery(expr: string, step_s: number): string | null {
  const logs = nodesNamed(expr, "LogExpr");
  const log = logs[0];
  if (isMetricQuery(expr) || log === undefined) return null;
  return `sum by (level, detected_level) (count_over_time(${withoutComments(expr).trim()} | drop __error__[${step_s}s]))`;
}

/** A comment would swallow what is written behind it. */
function withoutComments(expr: string): string {
  return changed(expr, nodesNamed(expr, "LineComment").map(({ from, to }) => ({ from, to, insert: "" })));
}

/** A selector of exactly one stream, for the lines around one. */
export function streamSelector(labels: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels).filter(([, value]) => value !== "").map(([name, value]) => `${name}=${quoted(value)}`);
  return `{${matchers.join(", ")}}`;
}
