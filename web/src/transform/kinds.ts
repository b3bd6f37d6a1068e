/** What the transformations share: their shape, and how they look at frames. Types and small lookups only. */

import type { Field, FieldType, Frame } from "../frame/frame";
import type { Interpolate } from "../format/apply";

/** Options come from a dashboard: any member may be missing or of another type than it should be. */
export type Options = Readonly<Record<string, any>>;

export type Transform = (frames: readonly Frame[], options: Options, interpolate: Interpolate) => readonly Frame[];

export function field(name: string, type: FieldType, values: readonly unknown[], rest: Partial<Field> = {}): Field {
  return { name, type, values, config: {}, ...rest };
}

export function timeField(frame: Frame): Field | undefined {
  return frame.fields.find((each) => each.type === "time");
}

/** "reduce-A-B": where a frame made of several came from. */
export function joinedRefId(kind: string, frames: readonly Frame[]): string {
  return `${kind}-${frames.map((frame) => frame.refId).join("-")}`;
}

const NUMBER = /^\s*(-?(\d*\.?\d+|\d+\.?\d*)(e[-+]?\d+)?|NAN)\s*$/i;

/** From the column's name (date, time) or its first value; undefined when there is no value. */
export function guessType(name: string, values: readonly unknown[]): FieldType | undefined {
  if (/^(date|time)$/i.test(name)) return "time";
  const first = values.find((value) => value != null);
  switch (typeof first) {
    case "undefined":
      return undefined;
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "string":
      if (NUMBER.test(first)) return "number";
      return /^(true|false|TRUE|FALSE|True|False)$/.test(first) ? "boolean" : "string";
    default:
      return "other";
  }
}

/** What an empty cell becomes, by the name that Grafana's options give it. */
export function specialValue(kind: unknown): unknown {
  switch (kind) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    case "zero":
      return 0;
    default:
      return "";
  }
}

/** Rows of `frame` at these places, in this order. */
export function pickRows(frame: Frame, rows: readonly number[]): Frame {
  return { ...frame, fields: frame.fields.map((each) => ({ ...each, values: rows.map((row) => each.values[row]), state: undefined })), length: rows.length };
}

const collator = new Intl.Collator("en", { sensitivity: "base" });

function lastIfEmpty(a: unknown, b: unknown): number {
  return Number(!a && Boolean(b)) - Number(Boolean(a) && !b);
}

function comparer(column: Field): (a: unknown, b: unknown) => number {
  if (column.type === "number" || column.type === "time") return (a, b) => (a as number) - (b as number);
  if (column.type === "string") return (a, b) => (!a || !b ? lastIfEmpty(a, b) : collator.compare(String(a), String(b)));
  if (column.type === "boolean") return lastIfEmpty;
  return () => 0;
}

/** Stable. Texts sort without regard to case, empty ones last. */
export function sortRows(frame: Frame, by: number, descending = false): Frame {
  const column = frame.fields[by];
  if (!column) return frame;
  const compare = comparer(column);
  const rows = Array.from({ length: frame.length }, (_, row) => row);
  rows.sort((a, b) => (descending ? compare(column.values[b], column.values[a]) : compare(column.values[a], column.values[b])));
  return pickRows(frame, rows);
}
