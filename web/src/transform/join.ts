/** Several frames made one, side by side: by a column they share, or just put together. */

import type { Field, Frame } from "../frame/frame";
import { fieldMatcher, type FieldMatcher } from "../format/matchers";
import { joinedRefId, sortRows, timeField, type Transform } from "./kinds";

/** A table: the key column first. */
type Table = readonly (readonly unknown[])[];

/** The first time column where there is one, else the first number. */
function bestKey(frames: readonly Frame[]): FieldMatcher {
  if (timeField(frames[0]!)) return fieldMatcher({ id: "firstTimeField" })!;
  const number = frames[0]!.fields.find((field) => field.type === "number");
  return fieldMatcher({ id: "byName", options: number?.name })!;
}

function sameKeys(tables: readonly Table[]): boolean {
  const [first, ...rest] = tables.map((table) => table[0]!);
  return rest.every((keys) => keys.length === first!.length && keys.every((key, row) => key === first![row]));
}

/** One row per distinct key, in rising order. A null in the data stays null, where no row was it is undefined: lines tell them apart. */
function byKey(tables: readonly Table[]): unknown[][] {
  const keys = [...new Set(tables.flatMap((table) => table[0]!))].sort((a, b) => (a as number) - (b as number));
  const place = new Map(keys.map((key, row) => [key, row]));
  const columns: unknown[][] = [keys];
  for (const [own, ...rest] of tables as readonly [readonly unknown[], ...Table][]) {
    for (const column of rest) {
      const values = new Array<unknown>(keys.length).fill(undefined);
      own.forEach((key, row) => (values[place.get(key)!] = column[row]));
      spreadNulls(values);
      columns.push(values);
    }
  }
  return columns;
}

/** A gap that the source marked reaches as far as its neighbours have no values of their own. */
function spreadNulls(values: unknown[]): void {
  for (let row = 0; row < values.length; row++) if (values[row] === undefined && row > 0 && values[row - 1] === null) values[row] = null;
  for (let row = values.length - 2; row >= 0; row--) if (values[row] === undefined && values[row + 1] === null) values[row] = null;
}

function indexRows(keys: readonly unknown[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  keys.forEach((key, row) => {
    const text = String(key);
    const rows = found.get(text);
    if (rows) rows.push(row);
    else found.set(text, [row]);
  });
  return found;
}

/** Rows of two tables with the same key, every pairing of them; -1 stands for a row that is missing on that side. */
function pairs(left: readonly unknown[], right: readonly unknown[], outer: boolean): [number, number][] {
  const index = indexRows(right);
  const used = new Set<string>();
  const matched: [number, number][] = [];
  const lonely: [number, number][] = [];
  left.forEach((key, row) => {
    const rows = key == null ? undefined : index.get(String(key));
    if (!rows) lonely.push([row, -1]);
    else {
      used.add(String(key));
      for (const other of rows) matched.push([row, other]);
    }
  });
  if (!outer) return matched;
  const others = [...index].filter(([key]) => !used.has(key)).flatMap(([, rows]) => rows.map((row): [number, number] => [-1, row]));
  return [...matched, ...lonely, ...others];
}

function tabular(tables: readonly Table[], outer: boolean): Table {
  return tables.reduce((left, right) => {
    const rows = pairs(left[0]!, right[0]!, outer);
    const pick = (column: readonly unknown[], side: 0 | 1): unknown[] => rows.map((row) => (row[side] < 0 ? null : column[row[side]]));
    const keys = rows.map(([a, b]) => (a < 0 ? right[0]![b] : left[0]![a]));
    return [keys, ...left.slice(1).map((column) => pick(column, 0)), ...right.slice(1).map((column) => pick(column, 1))];
  });
}

/** The frame's name must not get lost: it becomes the name of a bare "Value", else a label. */
function named(field: Field, frame: Frame): Field {
  const copy: Field = { ...field, labels: field.labels ?? {}, state: undefined };
  if (!frame.name) return copy;
  if (field.name === "Value") return { ...copy, name: frame.name };
  return copy.labels!.name == null ? { ...copy, labels: { ...copy.labels, name: frame.name } } : copy;
}

type Mode = "outer" | "inner" | "outerTabular";

export function joinFrames(frames: readonly Frame[], mode: Mode = "outer", key?: FieldMatcher): Frame {
  const isKey = key ?? bestKey(frames);
  const fields: Field[] = [];
  const tables: Table[] = [];
  let dropped = false;
  for (const frame of frames) {
    const at = frame.fields.findIndex((field) => isKey(field, frame, frames));
    if (at < 0) {
      dropped = true;
      continue;
    }
    const rest = frame.fields.filter((_, index) => index !== at);
    if (!fields.length) fields.push({ ...frame.fields[at]!, state: undefined });
    fields.push(...rest.map((field) => named(field, frame)));
    tables.push([frame.fields[at]!.values, ...rest.map((field) => field.values)]);
  }
  const refId = joinedRefId("joinByField", frames);
  const filled = (columns: Table): Frame => ({ refId, fields: fields.map((field, index) => ({ ...field, values: columns[index]! })), length: columns[0]?.length ?? 0 });
  if (!tables.length) return filled([]);
  if (mode === "inner" && dropped) return filled(fields.map(() => []));
  if (mode !== "outer") return filled(tabular(tables, mode === "outerTabular"));
  if (!sameKeys(tables)) return filled(byKey(tables));
  const side = filled([tables[0]![0]!, ...tables.flatMap((table) => table.slice(1))]);
  const keys = side.fields[0]!.values as readonly number[];
  const rising = keys.every((value, row) => row === 0 || value > keys[row - 1]!);
  return rising || side.fields[0]!.type === "string" ? side : sortRows(side, 0);
}

export const joinByField: Transform = (frames, options) => {
  if (frames.length < 2) return frames;
  const key = options.byField ? fieldMatcher({ id: "byName", options: options.byField }) : undefined;
  return [joinFrames(frames, options.mode ?? "outer", key)];
};

/** Series become columns of one table, if all of them call their time the same. */
export function ensureColumns(frames: readonly Frame[]): readonly Frame[] {
  const names = new Set(frames.map((frame) => timeField(frame)?.name));
  const [name] = names;
  if (frames.length < 2 || names.size !== 1 || !name) return frames;
  return [joinFrames(frames, "outer", fieldMatcher({ id: "byName", options: name }))];
}

export const concatenate: Transform = (frames, options) => {
  if (frames.length < 2) return frames;
  const length = Math.max(...frames.map((frame) => frame.length));
  const fields = frames.flatMap((frame) =>
    frame.fields.map((field) => {
      const copy: Field = { ...field, state: undefined };
      if (field.values.length < length) copy.values = [...field.values, ...new Array<unknown>(length - field.values.length).fill(undefined)];
      if (!frame.name || options.frameNameMode === "drop") return copy;
      if (options.frameNameMode === "label") return { ...copy, labels: { ...field.labels, [options.frameNameLabel ?? "frame"]: frame.name } };
      return { ...copy, name: !field.name || field.name === "Value" ? frame.name : `${frame.name} · ${field.name}` };
    }),
  );
  return [{ refId: joinedRefId("concatenate", frames), fields, length }];
};
