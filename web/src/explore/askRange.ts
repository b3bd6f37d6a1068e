/** Queries of explore and of the alerts page: one request, answers as frames. */

import type { Answer, Query } from "../ask/query";
import { queryBatch } from "../ask/query";
import type { Frame, TimeRange } from "../frame/frame";
import { framesOf } from "../frame/prometheus";

const POINTS = 400;
const ROUND_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

/** Seconds between two points when nobody asked for a step. */
export const stepFor = ({ from, to }: TimeRange, points = POINTS): number =>
  ROUND_STEPS_S.find((step) => step >= (to - from) / 1000 / points) ?? Math.ceil((to - from) / 1000 / points);

/** Queries pasted from a dashboard: the macros that depend on the range only. A rate needs at least four scrapes. */
export function withoutMacros(expr: string, range: TimeRange, step_s: number): string {
  const seconds = Math.max(1, Math.round((range.to - range.from) / 1000));
  const values: Readonly<Record<string, string>> = {
    __rate_interval: `${Math.max(60, step_s * 4)}s`, __interval: `${step_s}s`, __interval_ms: String(step_s * 1000), __auto: `${step_s}s`,
    __range: `${seconds}s`, __range_s: String(seconds), __range_ms: String(seconds * 1000), __from: String(range.from), __to: String(range.to),
  };
  return expr.replace(/\$\{?(__[a-z_]+)\}?/g, (all, name: string) => values[name] ?? all);
}

/** A moment on the grid of steps: the same question a second later gets the same points. */
export function alignedRange(range: TimeRange, step_s: number): { start: number; end: number; step: number } {
  const start = Math.floor(range.from / 1000 / step_s) * step_s;
  return { start, end: Math.max(start, Math.floor(range.to / 1000 / step_s) * step_s), step: step_s };
}

export interface Asked {
  id: string;
  expr: string;
  source: Query["source"];
  legend?: string;
}

export interface RangeAnswer {
  frames: Frame[];
  failure: string;
  took_ms: number;
}

/** Range queries; an answer for each id. Throws Failed where the console itself cannot be asked. */
export async function askRange(asked: readonly Asked[], range: TimeRange, step_s: number, signal?: AbortSignal): Promise<Map<string, RangeAnswer>> {
  const grid = alignedRange(range, step_s);
  const answers = new Map<string, RangeAnswer>();
  const queries = asked.map(({ id, expr, source }): Query => ({ id, source, kind: "range", expr: withoutMacros(expr, range, step_s), ...grid }));
  await queryBatch(queries, (answer) => {
    const query = asked.find(({ id }) => id === answer.id);
    if (query) answers.set(answer.id, { ...read(answer, query, grid), took_ms: answer.took_ms });
  }, signal ? { signal } : {});
  return answers;
}

function read(answer: Answer, { id, expr, legend = "" }: Asked, grid: { start: number; end: number; step: number }): { frames: Frame[]; failure: string } {
  if (!("body" in answer)) return { frames: [], failure: answer.error };
  const frames = framesOf(answer.body, { refId: id, expr, legend, format: "time_series", start: grid.start * 1000, end: grid.end * 1000, step: grid.step * 1000 });
  return { frames, failure: "" };
}
