/** How often values fall into buckets of even size. Used by the transformation and by the histogram panel. */

import type { Field, Frame } from "../frame/frame";
import { field, type Transform } from "./kinds";

const DEFAULT_BUCKETS = 30;

/** 1, 2, 2.5, 4 and 5 times a power of ten, from 1e-9 to 5e9; 2.5 itself is left out where it would not be a whole bucket. */
function sizes(): number[] {
  const found: number[] = [];
  for (let power = -9; power <= 9; power++) for (const lead of power === 0 ? [1, 2, 4, 5] : [1, 2, 2.5, 4, 5]) found.push(Number(`${lead}e${power}`));
  return found;
}

/** The smallest round size that gives at most `count` buckets and is no finer than the data. */
export function bucketSize(values: readonly number[], count = DEFAULT_BUCKETS): number {
  const sorted = [...values].sort((a, b) => a - b);
  let finest = sorted.length === 1 ? 1 : Infinity;
  for (let index = 1; index < sorted.length; index++) {
    const step = sorted[index]! - sorted[index - 1]!;
    if (step !== 0 && step < finest) finest = step;
  }
  const target = (sorted.at(-1)! - sorted[0]!) / count;
  return sizes().find((size) => target < size && size >= finest) ?? 1;
}

export interface HistogramOptions {
  bucketSize?: number;
  bucketCount?: number;
  bucketOffset?: number;
  combine?: boolean;
}

function finite(column: Field): number[] {
  const filler = Number(column.config.noValue);
  const values = column.config.noValue !== undefined && !Number.isNaN(filler) ? column.values.map((value) => value ?? filler) : column.values;
  return values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
}

const round = (value: number): number => Number(value.toFixed(9));

/** Columns xMin, xMax and a count per column of numbers; undefined when there are no numbers. */
export function buildHistogram(frames: readonly Frame[], options: HistogramOptions): Frame | undefined {
  const columns = frames.flatMap((frame) => frame.fields.filter((each) => each.type === "number"));
  if (!columns.length) return undefined;
  const data = columns.map(finite);
  const size = options.bucketSize && options.bucketSize > 0 ? options.bucketSize : bucketSize(data.flat(), options.bucketCount);
  const offset = options.bucketOffset ?? 0;
  const counts = data.map((values) => {
    const found = new Map<number, number>();
    for (const value of values) {
      const bucket = round(Math.floor((value - offset) / size) * size + offset);
      found.set(bucket, (found.get(bucket) ?? 0) + 1);
    }
    return found;
  });
  const starts = [...new Set(counts.flatMap((found) => [...found.keys()]))].sort((a, b) => a - b);
  const decimals = (/\.(\d+)$/.exec(String(size))?.[1] ?? "").length;
  const unitConfig = columns.find((column) => column.config.unit)?.config ?? {};
  const config = decimals ? { ...unitConfig, decimals } : unitConfig;
  const rows = counts.map((found) => starts.map((start) => found.get(start) ?? 0));
  const made = columns.map((column, index): Field => ({ ...column, config: { ...column.config, unit: column.config.unit === "short" ? "short" : undefined }, values: rows[index]! }));
  const total = starts.map((_, at) => rows.reduce((sum, row) => sum + row[at]!, 0));
  const fields = options.combine ? [{ ...made[0]!, name: "count", values: total, state: undefined, config: { ...made[0]!.config, displayName: "Count" } }] : made;
  return { refId: "histogram", fields: [field("xMin", "number", starts, { config }), field("xMax", "number", starts.map((start) => start + size), { config }), ...fields], length: starts.length };
}

function amount(written: unknown): number | undefined {
  const number = Number.parseFloat(String(written));
  return Number.isNaN(number) || number === 0 ? undefined : number;
}

export const histogram: Transform = (frames, options) => {
  if (!frames.length) return frames;
  const made = buildHistogram(frames, { bucketSize: amount(options.bucketSize), bucketOffset: amount(options.bucketOffset), combine: Boolean(options.combine) });
  return made ? [made] : [];
};
