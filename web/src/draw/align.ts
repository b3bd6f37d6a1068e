/** Columns of many frames on one list of x values, as uPlot wants them: null is a gap, undefined is "not measured here". Pure. */

import type { Field, Frame } from "../frame/frame";

export type Value = number | null | undefined;
export type Column = readonly Value[];

export interface Aligned {
  x: readonly number[];
  columns: { field: Field; frame: Frame; values: Column }[];
}

function rising(values: readonly number[]): boolean {
  for (let row = 1; row < values.length; row++) if (!(values[row]! > values[row - 1]!)) return false;
  return true;
}

function sameTimes(lists: readonly (readonly unknown[])[]): boolean {
  const first = lists[0]!;
  return lists.every((list) => list === first || (list.length === first.length && list.every((time, row) => time === first[row])));
}

function asNumber(value: unknown): Value {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value === undefined ? undefined : null;
}

function numeric(values: readonly unknown[]): Column {
  // The usual answer is all numbers and nulls already: no copy then.
  for (const value of values) if (value !== null && !(typeof value === "number" && Number.isFinite(value))) return values.map(asNumber);
  return values as Column;
}

/** The x column of a frame: its first time, or for graphs over numbers the column named `x` or the first number. */
export function xField(frame: Frame, time: boolean, x?: string): Field | undefined {
  if (time) return frame.fields.find((field) => field.type === "time");
  return (x ? frame.fields.find((field) => field.name === x || field.state?.displayName === x) : undefined) ?? frame.fields.find((field) => field.type === "number" || field.type === "time");
}

/** Every number (and boolean) column that `keep` accepts; frames without an x column are left out. */
export function align(frames: readonly Frame[], time: boolean, keep: (field: Field) => boolean, x?: string): Aligned {
  const parts = frames.flatMap((frame) => {
    const key = xField(frame, time, x);
    const fields = frame.fields.filter((field) => field !== key && (field.type === "number" || field.type === "boolean") && keep(field));
    return key && fields.length ? [{ frame, keys: key.values as readonly number[], fields }] : [];
  });
  if (!parts.length) return { x: [], columns: [] };
  if (sameTimes(parts.map((part) => part.keys)) && rising(parts[0]!.keys)) {
    const columns = parts.flatMap(({ frame, fields }) => fields.map((field) => ({ field, frame, values: numeric(field.values) })));
    return { x: parts[0]!.keys, columns };
  }
  const keys = [...new Set(parts.flatMap((part) => part.keys))].sort((a, b) => a - b);
  const place = new Map(keys.map((key, row) => [key, row]));
  const columns = parts.flatMap(({ frame, keys: own, fields }) =>
    fields.map((field) => {
      const values = new Array<Value>(keys.length).fill(undefined);
      own.forEach((key, row) => (values[place.get(key)!] = asNumber(field.values[row])));
      return { field, frame, values };
    }),
  );
  return { x: keys, columns };
}

/** Gaps closed: all of them, or those that last no longer than `within`. */
export function connected(x: readonly number[], values: Column, within: number): Value[] {
  const result = [...values];
  let last = -1;
  for (let row = 0; row < result.length; row++) {
    if (result[row] == null) continue;
    if (last >= 0 && x[row]! - x[last]! <= within) for (let gap = last + 1; gap < row; gap++) result[gap] = undefined;
    last = row;
  }
  return result;
}

/** Where two measurements are further apart than `limit`, the line breaks: the row between them becomes a gap. */
export function withGaps(x: readonly number[], values: Column, limit: number): { x: number[]; values: Value[] } {
  const times: number[] = [];
  const result: Value[] = [];
  for (let row = 0; row < x.length; row++) {
    if (row > 0 && x[row]! - x[row - 1]! > limit) {
      times.push(x[row - 1]! + limit);
      result.push(null);
    }
    times.push(x[row]!);
    result.push(values[row]);
  }
  return { x: times, values: result };
}
