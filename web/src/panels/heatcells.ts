/** Cells of a heatmap: from buckets that the source counted, or counted here from series. Pure. */

import type { Field, Frame } from "../frame/frame";
import { fieldName } from "../format/names";
import { bucketSize } from "../transform/histogram";

export interface Heat {
  /** Left edges of the columns, and one more: milliseconds. */
  x: readonly number[];
  /** One per row, lowest first. */
  rows: readonly { label: string; low: number; high: number }[];
  /** counts[row][column]; null where nothing was counted. */
  counts: readonly (readonly (number | null)[])[];
  /** The column of the values' unit. */
  field: Field;
  /** Rows have numbers as bounds, so that an axis can be written from them. */
  numeric: boolean;
}

function bound(name: string): number {
  if (/^\+?inf$/i.test(name.trim())) return Infinity;
  const number = Number(name);
  return Number.isNaN(number) ? NaN : number;
}

function edges(times: readonly number[]): number[] {
  const step = times.length > 1 ? times[1]! - times[0]! : 60_000;
  return [...times, (times.at(-1) ?? 0) + step];
}

interface Row {
  name: string;
  top: number;
  values: ReadonlyMap<number, number | null>;
  field: Field;
}

function rowsOf(frames: readonly Frame[]): Row[] {
  return frames.flatMap((frame) => {
    const times = frame.fields.find((field) => field.type === "time")?.values as readonly number[] | undefined;
    if (!times) return [];
    return frame.fields
      .filter((field) => field.type === "number")
      .map((field): Row => {
        const name = field.labels?.le ?? (field.name === "Value" || field.name === "" ? fieldName(field, frame, frames) : field.name);
        const values = new Map(times.map((time, row) => [time, Number.isFinite(field.values[row]) ? (field.values[row] as number) : null]));
        return { name, top: bound(name), values, field };
      });
  });
}

/** Buckets come as one column per upper bound. */
export function fromBuckets(frames: readonly Frame[]): Heat | undefined {
  const rows = rowsOf(frames);
  if (!rows.length) return undefined;
  const numeric = rows.every((row) => !Number.isNaN(row.top));
  if (numeric) rows.sort((a, b) => a.top - b.top);
  const times = [...new Set(rows.flatMap((row) => [...row.values.keys()]))].sort((a, b) => a - b);
  return {
    x: edges(times),
    rows: rows.map((row, index) => ({ label: row.name, low: index ? rows[index - 1]!.top : 0, high: row.top })),
    counts: rows.map((row) => times.map((time) => row.values.get(time) ?? null)),
    field: rows[0]!.field,
    numeric,
  };
}

export interface CalculateOptions {
  xSize_ms: number | null;
  xCount: number | null;
  ySize: number | null;
  yCount: number | null;
  log: number | null;
}

/** Rows between these bounds; on a logarithmic scale each is `log` times the one before. */
function valueEdges(values: readonly number[], options: CalculateOptions): number[] {
  const positive = options.log ? values.filter((value) => value > 0) : values;
  let [low, high] = [Infinity, -Infinity];
  for (const value of positive) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (!(high >= low)) return [0, 1];
  if (options.log) {
    const found: number[] = [];
    for (let power = Math.floor(Math.log(low) / Math.log(options.log)); found.length < 200; power++) {
      found.push(options.log ** power);
      if (found.at(-1)! > high) return found;
    }
    return found;
  }
  const size = options.ySize ?? bucketSize(values, options.yCount ?? 20);
  const first = Math.floor(low / size) * size;
  return Array.from({ length: Math.min(400, Math.floor((high - first) / size) + 2) }, (_, index) => first + index * size);
}

/** How many measurements fell into each cell. */
export function calculated(frames: readonly Frame[], options: CalculateOptions): Heat | undefined {
  const rows = rowsOf(frames);
  const points = rows.flatMap((row) => [...row.values].flatMap(([time, value]) => (value === null ? [] : [{ time, value }])));
  if (!points.length) return undefined;
  let [from, to] = [Infinity, -Infinity];
  for (const { time } of points) [from, to] = [Math.min(from, time), Math.max(to, time)];
  const size = options.xSize_ms ?? Math.max(1, (to - from) / (options.xCount ?? 30));
  const start = Math.floor(from / size) * size;
  const count = Math.min(2000, Math.floor((to - start) / size) + 1);
  const bounds = valueEdges(points.map((point) => point.value), options);
  const counts = bounds.slice(1).map(() => new Array<number | null>(count).fill(null));
  for (const { time, value } of points) {
    let row = bounds.findIndex((edge, index) => index > 0 && value < edge) - 1;
    if (row < 0) row = value >= bounds.at(-1)! ? counts.length - 1 : -1;
    const cells = counts[row];
    const at = Math.min(count - 1, Math.floor((time - start) / size));
    if (cells && at >= 0) cells[at] = (cells[at] ?? 0) + 1;
  }
  return {
    x: Array.from({ length: count + 1 }, (_, index) => start + index * size),
    rows: bounds.slice(1).map((high, index) => ({ label: String(Number(high.toPrecision(12))), low: bounds[index]!, high })),
    counts,
    field: rows[0]!.field,
    numeric: true,
  };
}

/** "5m", "30s", "250ms" or plain milliseconds; null for none. */
export function milliseconds(text: unknown): number | null {
  const match = /^\s*([\d.]+)\s*(ms|s|m|h|d|w)?\s*$/.exec(String(text ?? ""));
  if (!match) return null;
  const unit = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }[match[2] ?? "ms"]!;
  return Number(match[1]) * unit || null;
}
