/** Marks on every graph of a dashboard, from queries of its own. */

import { type Answer, queryBatch, type Query } from "../ask/query";
import { isStreams, logFrame } from "../frame/logs";
import { describe, fillLegend, numberOf } from "../frame/prometheus";
import type { AnnotationMark } from "../panels/panel";
import { durationMs, intervalMs } from "../time/range";
import { interpolate, type Scope } from "./interpolate";
import { flag, number, text } from "./json";
import type { Annotation } from "./model";
import { chooseSource } from "./sources";

const POINTS = 300;
const LINES = 100;

interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

/** All marks of the annotations that are switched on. Raises Failed when the console cannot be asked; failures of one are left out and told. */
export async function askAnnotations(annotations: readonly Annotation[], scope: Scope, signal: AbortSignal): Promise<{ marks: AnnotationMark[]; problems: string[] }> {
  const variables = [...scope.choices.values()].map((one) => one.variable);
  const problems: string[] = [];
  const asked: { annotation: Annotation; query: Query }[] = [];
  for (const annotation of annotations) {
    if (!annotation.enabled) continue;
    const source = chooseSource({ datasource: annotation.datasource, query: annotation.query }, null, variables).kind;
    if (source !== "prometheus" && source !== "logs") problems.push(`the annotations “${annotation.name}” come from a source that is not here`);
    else asked.push({ annotation, query: queryOf(annotation, source, scope, String(asked.length)) });
  }
  const marks: AnnotationMark[] = [];
  if (asked.length === 0) return { marks, problems };
  const onAnswer = (answer: Answer) => {
    const { annotation, query } = asked[Number(answer.id)]!;
    if ("body" in answer) marks.push(...marksOf(annotation, query, answer));
    else problems.push(`the annotations “${annotation.name}” cannot be read: ${answer.error}`);
  };
  await queryBatch(asked.map((one) => one.query), onAnswer, { signal });
  return { marks, problems };
}

function queryOf(annotation: Annotation, source: "prometheus" | "logs", scope: Scope, id: string): Query {
  const step_ms = Math.max(durationMs(text(annotation.query["step"])) ?? 0, intervalMs(scope.range, POINTS, 15_000));
  const local = { ...scope, interval_ms: step_ms, rateInterval_ms: Math.max(60_000, step_ms + 15_000) };
  const expr = interpolate(text(annotation.query["expr"]), local, source === "prometheus" ? "promql" : "logql");
  const start = Math.floor(scope.range.from / step_ms) * step_ms;
  return { id, source, kind: "range", expr, start: start / 1000, end: scope.range.to / 1000, step: step_ms / 1000, ...(source === "logs" ? { limit: number(annotation.query["maxLines"]) ?? LINES } : {}) };
}

function marksOf(annotation: Annotation, query: Query, answer: Extract<Answer, { status: 200 }>): AnnotationMark[] {
  const tagKeys = text(annotation.query["tagKeys"]).split(",").map((key) => key.trim()).filter(Boolean);
  const say = (labels: Record<string, string>, otherwise: string) => ({
    title: fillLegend(text(annotation.query["titleFormat"]), labels) || annotation.name,
    text: fillLegend(text(annotation.query["textFormat"]), labels) || otherwise,
    tags: tagKeys.flatMap((key) => (labels[key] ? [labels[key]] : [])),
    color: annotation.color,
  });
  if (isStreams(answer.body)) {
    const [labels, times, lines] = logFrame(answer.body, "annotation").fields;
    return times!.values.map((time, row) => ({ from: time as number, ...say(labels!.values[row] as Record<string, string>, String(lines!.values[row])) }));
  }
  const step = query.step!;
  return (answer.body.data.result as Series[]).flatMap(({ metric, values }) => {
    const words = say(metric, describe(metric));
    if (flag(annotation.query["useValueForTime"])) return [...new Set(values.map(([, value]) => numberOf(value)))].map((time) => ({ from: time, ...words }));
    const held = values.filter(([, value]) => numberOf(value) !== 0);
    const marks: AnnotationMark[] = [];
    let last = -Infinity;
    for (const [at] of held) {
      // neighbours are one stretch of time
      if (at - last <= step * 1.01 && marks.length > 0) marks[marks.length - 1] = { ...marks.at(-1)!, to: at * 1000 };
      else marks.push({ from: at * 1000, ...words });
      last = at;
    }
    return marks;
  });
}
