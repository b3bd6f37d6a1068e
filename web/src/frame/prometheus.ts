/** Prometheus' answers (and Loki's metric answers, which look alike) as frames. Pure. */

import type { Envelope } from "../ask/query";
import type { Field, Frame, Labels } from "./frame";

export interface Asked {
  refId: string;
  expr: string;
  /** "" names series by all their labels, "__auto" by what sets them apart, `{{label}}` by labels. */
  legend: string;
  format: "time_series" | "table" | "heatmap";
  /** Milliseconds; of a range query, so that a missing point becomes a gap. */
  start?: number;
  end?: number;
  step?: number;
  /** Several tables on one panel: the value columns are told apart by the query's letter. */
  amongOthers?: boolean;
}

interface Series {
  metric: Record<string, string>;
  values?: readonly [number, string][];
  value?: [number, string];
  histograms?: readonly unknown[];
}

/** Prometheus writes numbers as text, with its own words for what is not finite. */
export function numberOf(text: string): number {
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  return text === "+Inf" || text === "Inf" ? Infinity : text === "-Inf" ? -Infinity : NaN;
}

export function framesOf(envelope: Envelope, asked: Asked): Frame[] {
  const { resultType, result } = envelope.data;
  const notices = [...(envelope.warnings ?? []), ...(envelope.infos ?? [])];
  let frames: Frame[];
  if (resultType === "scalar" || resultType === "string") frames = [single(result as [number, string], asked, resultType)];
  else {
    const series = (result as Series[]) ?? [];
    if (asked.format === "table") frames = [table(series, asked)];
    else if (asked.format === "heatmap") frames = heatmap(series, asked);
    else frames = timeSeries(series, asked);
    if (series.some((one) => one.histograms && !one.values)) notices.push("native histograms are not drawn");
  }
  if (notices.length > 0 && frames[0]) frames[0] = { ...frames[0], notices };
  return frames;
}

function single([at, text]: [number, string], asked: Asked, type: string): Frame {
  const values = type === "string" ? [text] : [numberOf(text)];
  const value: Field = { name: asked.expr, type: type === "string" ? "string" : "number", values, config: {} };
  return { refId: asked.refId, kind: "series", length: 1, fields: [timeField([at * 1000]), value] };
}

const timeField = (values: readonly number[]): Field => ({ name: "Time", type: "time", values, config: {} });

function timeSeries(all: readonly Series[], asked: Asked): Frame[] {
  // one list of times for all series: graphs join them without looking
  const grid = asked.step && asked.start !== undefined && asked.end !== undefined ? gridOf(asked.start, asked.end, asked.step) : null;
  const single = asked.legend === "__auto" ? soleLabel(all) : null;
  const frames = all.map((series): Frame => {
    const points = series.values ?? (series.value ? [series.value] : []);
    const { times, values } = grid && series.values ? onGrid(points, grid, asked) : plain(points);
    const name = nameOf(series.metric, asked, single);
    const config = asked.legend !== "" && asked.legend !== "__auto" ? { displayNameFromDS: name } : {};
    const value: Field = { name: "Value", type: "number", values, labels: series.metric, config: { ...config } };
    if (asked.legend === "" || asked.legend === "__auto") value.config.displayNameFromDS = name;
    return { refId: asked.refId, name, kind: "series", length: times.length, fields: [timeField(times), value] };
  });
  return frames;
}

function gridOf(start: number, end: number, step: number): number[] {
  const times: number[] = [];
  for (let time = start; time <= end; time += step) times.push(time);
  return times;
}

function onGrid(points: readonly [number, string][], grid: readonly number[], asked: Asked) {
  const values: (number | null)[] = new Array<number | null>(grid.length).fill(null);
  for (const [at, text] of points) {
    const index = Math.round((at * 1000 - asked.start!) / asked.step!);
    if (index >= 0 && index < values.length) values[index] = numberOf(text);
  }
  return { times: grid as number[], values };
}

function plain(points: readonly [number, string][]) {
  return { times: points.map(([at]) => at * 1000), values: points.map(([, text]) => numberOf(text)) };
}

/** The one label that all series have and nothing beside it, if that is so. */
function soleLabel(all: readonly Series[]): string | null {
  let sole: string | null = null;
  for (const { metric } of all) {
    const names = Object.keys(metric);
    if (names.length !== 1 || (sole !== null && names[0] !== sole)) return null;
    sole = names[0]!;
  }
  return sole;
}

function nameOf(labels: Labels, asked: Asked, sole: string | null): string {
  if (sole !== null) return labels[sole] ?? "";
  if (asked.legend === "" || asked.legend === "__auto") return describe(labels) || asked.expr;
  return fillLegend(asked.legend, labels);
}

/** `{{ label }}` replaced by the label's value; a label that is not there becomes nothing. */
export function fillLegend(template: string, labels: Labels): string {
  return template.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
}

/** A series as PromQL writes it: `up{job="x"}`. */
export function describe(labels: Labels): string {
  const { __name__: name = "", ...rest } = labels;
  const inside = Object.keys(rest)
    .sort()
    .map((label) => `${label}=${JSON.stringify(rest[label])}`)
    .join(", ");
  return inside === "" && name !== "" ? name : inside === "" ? "" : `${name}{${inside}}`;
}

function table(all: readonly Series[], asked: Asked): Frame {
  const labels = [...new Set(all.flatMap((series) => Object.keys(series.metric)))].sort();
  const times: number[] = [];
  const values: number[] = [];
  const columns = labels.map(() => [] as unknown[]);
  for (const series of all) {
    for (const [at, text] of series.values ?? (series.value ? [series.value] : [])) {
      times.push(at * 1000);
      values.push(numberOf(text));
      labels.forEach((label, index) => {
        const given = series.metric[label] ?? "";
        columns[index]!.push(label === "le" ? numberOf(given) : given);
      });
    }
  }
  const value: Field = { name: asked.amongOthers ? `Value #${asked.refId}` : "Value", type: "number", values, config: {} };
  const texts = labels.map((name, index): Field => ({ name, type: name === "le" ? "number" : "string", values: columns[index]!, config: {} }));
  return { refId: asked.refId, kind: "table", length: times.length, fields: [timeField(times), ...texts, value] };
}

/** Series by `le`, each counting what the ones below it count too, become one column for each bucket that counts only itself. */
function heatmap(all: readonly Series[], asked: Asked): Frame[] {
  const sums = new Map<string, Series[]>();
  for (const series of all) {
    const le = series.metric["le"] ?? fillLegend(asked.legend, series.metric);
    sums.set(le, [...(sums.get(le) ?? []), series]);
  }
  if (sums.size === 0) return [];
  const bounds = [...sums.keys()].sort((a, b) => numberOf(a) - numberOf(b));
  const isCumulative = all.every((series) => series.metric["le"] !== undefined);
  let times: readonly number[] = [];
  let below: readonly number[] | null = null;
  const fields: Field[] = [];
  for (const le of bounds) {
    const parts = timeSeries(sums.get(le)!, asked);
    times = parts[0]!.fields[0]!.values as number[];
    const total: number[] = times.map((_, at) => parts.reduce((sum, part) => sum + (finite(part.fields[1]!.values[at]) ?? 0), 0));
    const own: number[] = isCumulative && below ? total.map((value, at) => Math.max(0, value - below![at]!)) : total;
    fields.push({ name: le, type: "number", values: own, labels: { le }, config: {} });
    below = total;
  }
  return [{ refId: asked.refId, kind: "heatmap", length: times.length, fields: [timeField(times), ...fields] }];
}

const finite = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
