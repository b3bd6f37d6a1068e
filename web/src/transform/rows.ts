/** Transformations that keep, order, count or group rows. */

import type { Field, FieldType, Frame } from "../frame/frame";
import { fieldMatcher } from "../format/matchers";
import { fieldName } from "../format/names";
import { reduceField } from "../reduce/reduce";
import { field, pickRows, sortRows, type Options, type Transform } from "./kinds";

type Test = (value: any) => boolean;

function expressionTest(text: unknown): Test {
  try {
    const expression = new RegExp(String(text));
    return (value) => value != null && String(value).search(expression) >= 0;
  } catch {
    return () => false;
  }
}

function numberOf(bound: unknown): number {
  return typeof bound === "number" ? bound : Number.parseInt(String(bound), 10);
}

/** Loose equality on purpose: options hold texts ("5") where columns hold numbers. */
function valueTest(config: Options): Test {
  const options: Options = config.options ?? {};
  const wanted = options.value;
  const text = typeof wanted === "string" ? wanted.toLowerCase() : "";
  const holds = (value: unknown): boolean => typeof value === "string" && value !== "" && value.toLowerCase().includes(text);
  switch (config.id) {
    case "regex":
      return expressionTest(wanted);
    case "isNull":
      return (value) => value == null;
    case "isNotNull":
      return (value) => value != null;
    case "equal":
      return (value) => value == wanted;
    case "notEqual":
      return (value) => value != wanted;
    case "greater":
      return (value) => !isNaN(value) && value > wanted;
    case "greaterOrEqual":
      return (value) => !isNaN(value) && value >= wanted;
    case "lower":
      return (value) => !isNaN(value) && value < wanted;
    case "lowerOrEqual":
      return (value) => !isNaN(value) && value <= wanted;
    case "between":
      return (value) => !isNaN(value) && value > numberOf(options.from) && value < numberOf(options.to);
    case "substring":
      return (value) => wanted === "" || (text !== "" && holds(value));
    case "notSubstring":
      return (value) => text !== "" && typeof value === "string" && value !== "" && !holds(value);
    default:
      return () => false;
  }
}

export const filterByValue: Transform = (frames, options) => {
  const filters: readonly Options[] = Array.isArray(options.filters) ? options.filters : [];
  if (!filters.length) return frames;
  return frames.map((frame) => {
    const names = new Map(frame.fields.map((each) => [fieldName(each, frame, frames), each]));
    const tests = filters.map((filter) => {
      const column = names.get(filter.fieldName);
      const test = column && filter.config ? valueTest(filter.config) : undefined;
      return (row: number) => test?.(column!.values[row]) ?? false;
    });
    const rows: number[] = [];
    for (let row = 0; row < frame.length; row++) {
      const match = options.match === "all" ? tests.every((test) => test(row)) : tests.some((test) => test(row));
      if (match === ((options.type ?? "include") === "include")) rows.push(row);
    }
    return pickRows(frame, rows);
  });
};

export const sortBy: Transform = (frames, options) => {
  const rule: Options | undefined = options.sort?.[0];
  if (!rule) return frames;
  return frames.map((frame) => sortRows(frame, rule.index ?? frame.fields.findIndex((each) => fieldName(each, frame, frames) === rule.field), Boolean(rule.desc)));
};

export const limit: Transform = (frames, options) => {
  const count = Number.parseInt(String(options.limitField ?? 10), 10);
  if (Number.isNaN(count)) return frames;
  return frames.map((frame) => {
    const size = Math.min(Math.abs(count), frame.length);
    if (frame.length <= size) return frame;
    const start = count >= 0 ? 0 : frame.length - size;
    return pickRows(frame, Array.from({ length: size }, (_, row) => start + row));
  });
};

/** Rows of each distinct combination of the columns' values, in order of first sight. */
export function groups(columns: readonly Field[], length: number): number[][] {
  const found = new Map<string, number[]>();
  for (let row = 0; row < length; row++) {
    const key = String(columns.map((column) => column.values[row]));
    const rows = found.get(key);
    if (rows) rows.push(row);
    else found.set(key, [row]);
  }
  return [...found.values()];
}

const COUNTS = new Set(["count", "countAll", "distinctCount", "changeCount"]);

export function calcType(calc: string, own: FieldType): FieldType {
  if (COUNTS.has(calc)) return "number";
  return calc === "allIsNull" || calc === "allIsZero" ? "boolean" : own;
}

/** Which calcs a column is asked for; counting is the only one for a column that is grouped by. */
function aggregations(rule: Options | undefined): readonly string[] {
  const list: readonly string[] = Array.isArray(rule?.aggregations) ? rule.aggregations : [];
  if (rule?.operation === "aggregate") return list;
  return rule?.operation === "groupby" && list.length === 1 && list[0] === "count" ? list : [];
}

function grouped(frame: Frame, by: readonly Field[], rules: Options): Frame {
  const sets = groups(by, frame.length);
  const fields = by.map((column) => field(column.name, column.type, sets.map((rows) => column.values[rows[0]!]), { config: { ...column.config } }));
  for (const column of frame.fields) {
    const name = fieldName(column);
    for (const calc of aggregations(rules[name] ?? rules[column.name])) {
      const values = sets.map((rows) => reduceField({ ...column, values: rows.map((row) => column.values[row]) }, calc));
      fields.push(field(`${name} (${calc})`, calcType(calc, column.type), values));
    }
  }
  return { refId: frame.refId, fields, length: sets.length };
}

export const groupBy: Transform = (frames, options) => {
  const rules: Options = options.fields ?? {};
  const names = Object.keys(rules).filter((name) => rules[name]?.operation === "groupby");
  if (!names.length) return frames;
  const match = fieldMatcher({ id: "byNames", options: { names } })!;
  return frames.flatMap((frame) => {
    const by = frame.fields.filter((each) => match(each, frame, frames));
    return by.length ? [grouped(frame, by, rules)] : [];
  });
};

/** One frame per distinct combination of values. */
export const partitionByValues: Transform = (frames, options) => {
  const names: readonly string[] = Array.isArray(options.fields) ? options.fields : [];
  if (!names.length) return frames;
  const match = fieldMatcher({ id: "byNames", options: { names } })!;
  const { asLabels = true, append = false, withNames = false, separator1 = "=", separator2 = " " } = options.naming ?? {};
  return frames.flatMap((frame) => {
    const by = frame.fields.filter((each) => match(each, frame, frames));
    if (!by.length) return [frame];
    return groups(by, frame.length).map((rows) => {
      const labels = Object.fromEntries(by.map((each) => [each.name, String(each.values[rows[0]!])]));
      const words = by.map((each) => (withNames ? `${each.name}${separator1}` : "") + String(each.values[rows[0]!]));
      const picked = pickRows(frame, rows);
      const kept = picked.fields.filter((_, index) => options.keepFields || !by.includes(frame.fields[index]!));
      const name = [...(append && frame.name ? [frame.name] : []), ...words].join(separator2);
      const fields = asLabels ? kept.map((each) => ({ ...each, labels: { ...each.labels, ...labels } })) : kept;
      return { ...picked, name: asLabels ? frame.name : name, fields };
    });
  });
};
