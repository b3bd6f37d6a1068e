/** New columns from others: across a row, along a column, between two columns. */

import type { Field, Frame } from "../frame/frame";
import { fieldMatcher, type FieldMatcher } from "../format/matchers";
import { fieldName } from "../format/names";
import { calcName, knownCalc, reduceField } from "../reduce/reduce";
import { ensureColumns } from "./join";
import { field, timeField, type Options, type Transform } from "./kinds";

type Values = readonly unknown[];
type Maker = (frame: Frame, frames: readonly Frame[]) => Values | undefined;

const BINARY: Readonly<Record<string, (a: any, b: any) => number>> = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b };

const UNARY: Readonly<Record<string, (value: number, total: number) => number>> = {
  abs: Math.abs, exp: Math.exp, ln: Math.log, round: Math.round, floor: Math.floor, ceil: Math.ceil, percent: (value, total) => value / (total || 1),
};

function columnsMatcher(names: readonly string[] | undefined): FieldMatcher {
  return names?.length ? fieldMatcher({ id: "byNames", options: { names } })! : fieldMatcher({ id: "numeric" })!;
}

function acrossRows(options: Options): Maker {
  const calc: string = options.reducer ?? "sum";
  const match = columnsMatcher(options.include);
  // Counting across a row counts its gaps too, unless told otherwise.
  const countsGaps = calc === "count" && options.nullValueMode !== "null" && options.nullValueMode !== "ignore";
  return (frame, frames) => {
    const columns = frame.fields.filter((each) => match(each, frame, frames));
    return Array.from({ length: frame.length }, (_, row) =>
      countsGaps ? columns.length : reduceField(field("row", "number", columns.map((column) => column.values[row])), calc),
    );
  };
}

function firstColumn(options: Options): (frame: Frame, frames: readonly Frame[]) => Field | undefined {
  const match = columnsMatcher(options.field ? [options.field] : undefined);
  return (frame, frames) => frame.fields.find((each) => match(each, frame, frames));
}

function cumulative(options: Options): Maker {
  const pick = firstColumn(options);
  return (frame, frames) => {
    let total = 0;
    return pick(frame, frames)?.values.map((value, row) => {
      total += (value as number | null) ?? 0;
      return options.reducer === "mean" ? total / (row + 1) : total;
    });
  };
}

/** Mean, variance or deviation of the values around each row; gaps do not count. */
function moving(options: Options): Maker {
  const pick = firstColumn(options);
  const calc: string = options.reducer ?? "mean";
  return (frame, frames) => {
    const values = pick(frame, frames)?.values;
    if (!values) return undefined;
    const size = Math.ceil((options.windowSize ?? 0.1) * ((options.windowSizeMode ?? "percentage") === "percentage" ? frame.length : 1));
    const centered = options.windowAlignment === "centered";
    const [before, after] = centered ? [Math.floor(size / 2), Math.ceil(size / 2) - 1] : [size - 1, 0];
    return values.map((_, row) => reduceField(field("window", "number", values.slice(Math.max(0, row - before), row + after + 1)), calc) ?? 0);
  };
}

type Operand = { matcher?: { id: string; options?: unknown }; fixed?: string };

/** Old dashboards write a column's name or a number as text; a number may be a column's name too. */
function operand(written: unknown, names: ReadonlySet<string>): Operand {
  if (typeof written !== "string") return (written ?? {}) as Operand;
  return Number.isNaN(Number(written)) || names.has(written) ? { matcher: { id: "byName", options: written } } : { fixed: written };
}

function operandValues(side: Operand, frame: Frame, frames: readonly Frame[]): Values | undefined {
  if (side.matcher?.id === "byName") {
    const found = frame.fields.find((each) => fieldName(each, frame, frames) === side.matcher!.options);
    if (found) return found.type === "boolean" ? found.values.map((value) => (value ? 1 : 0)) : found.values;
  }
  const constant = Number.parseFloat(String(side.fixed ?? side.matcher?.options ?? ""));
  return Number.isNaN(constant) ? undefined : new Array<number>(frame.length).fill(constant);
}

function between(left: Operand, operator: string, right: Operand): Maker {
  const calculate = BINARY[operator];
  return (frame, frames) => {
    const a = operandValues(left, frame, frames);
    const b = operandValues(right, frame, frames);
    return calculate && a && b ? a.map((value, row) => calculate(value, b[row])) : undefined;
  };
}

function onOne(options: Options): Maker {
  const calculate = UNARY[options.operator ?? "abs"];
  return (frame, frames) => {
    const found = frame.fields.find((each) => each.type === "number" && fieldName(each, frame, frames) === options.fieldName);
    if (!found?.values.length || !calculate) return undefined;
    const values = found.values as readonly number[];
    const total = options.operator === "percent" ? values.reduce((sum, value) => (Number.isFinite(value) ? sum + value : sum), 0) : 0;
    return values.map((value) => calculate(value, total));
  };
}

function written(side: unknown): string {
  if (typeof side === "string") return side;
  const operandOf = side as Operand | undefined;
  return String(operandOf?.matcher?.options ?? operandOf?.fixed ?? "");
}

function newName(options: Options): string {
  if (options.alias) return String(options.alias);
  const inBrackets = (name: unknown): string => (name ? `(${String(name)})` : "");
  switch (options.mode ?? "reduceRow") {
    case "cumulativeFunctions":
      return `cumulative ${options.cumulative?.reducer ?? ""}${inBrackets(options.cumulative?.field)}`;
    case "windowFunctions":
      return `${options.window?.windowAlignment ?? ""} moving ${options.window?.reducer ?? ""}${inBrackets(options.window?.field)}`;
    case "unary":
      return `${options.unary?.operator ?? ""}${inBrackets(options.unary?.fieldName)}`;
    case "binary": {
      const [left, right] = [written(options.binary?.left), written(options.binary?.right)];
      if (left.includes("$") || right.includes("$")) return "";
      return left && right ? `${left} ${options.binary?.operator ?? "+"} ${right}` : "";
    }
    case "reduceRow":
      return knownCalc(options.reduce?.reducer) ? calcName(options.reduce.reducer) : "math";
    case "index":
      return "Row";
    default:
      return "math";
  }
}

/** Every column of a type, each with the same right side. */
function eachOfType(frame: Frame, frames: readonly Frame[], options: Options, type: unknown, right: Operand): Frame | undefined {
  const operator: string = options.binary?.operator ?? "+";
  const time = options.timeSeries !== false ? timeField(frame) : undefined;
  const fields: Field[] = time ? [time] : [];
  let added = false;
  for (const each of frame.fields) {
    if (!options.replaceFields && !fields.includes(each)) fields.push(each);
    if (each.type !== type) continue;
    const others = operandValues(right, frame, frames);
    const calculate = BINARY[operator];
    if (!others || !calculate) continue;
    added = true;
    const values = each.values.map((value, row) => calculate(value, others[row]));
    fields.push({ ...each, name: `${each.name} ${operator} ${written(right)}`, values, state: undefined });
  }
  return options.replaceFields && !added ? undefined : { ...frame, fields };
}

function index(frames: readonly Frame[], options: Options): Frame[] {
  return frames.map((frame) => {
    const share = options.index?.asPercentile ? 1 / frame.length : 1;
    const values = Array.from({ length: frame.length }, (_, row) => row * share);
    const made = field(options.alias ?? "Row", "number", values, { config: options.index?.asPercentile ? { unit: "percentunit" } : {} });
    return { ...frame, fields: options.replaceFields ? [made] : [...frame.fields, made] };
  });
}

function maker(options: Options, left: Operand, right: Operand): Maker | undefined {
  switch (options.mode ?? "reduceRow") {
    case "reduceRow":
      return acrossRows(options.reduce ?? {});
    case "cumulativeFunctions":
      return cumulative({ reducer: "sum", ...options.cumulative });
    case "windowFunctions":
      return moving(options.window ?? {});
    case "unary":
      return onOne(options.unary ?? {});
    case "binary":
      return between(left, options.binary?.operator ?? "+", right);
    default:
      return undefined;
  }
}

export const calculateField: Transform = (given, options) => {
  const isBinary = options.mode === "binary";
  const rightText = typeof options.binary?.right === "object" ? options.binary.right?.fixed : options.binary?.right;
  const withConstant = isBinary && !Number.isNaN(Number(rightText));
  const frames = options.timeSeries !== false && !withConstant ? ensureColumns(given) : given;
  if (options.mode === "index") return index(frames, options);
  const names = new Set(frames.flatMap((frame) => frame.fields.map((each) => each.name)));
  const [left, right] = [operand(options.binary?.left ?? "", names), operand(options.binary?.right ?? "", names)];
  if (isBinary && left.matcher?.id === "byType") {
    return frames.map((frame) => eachOfType(frame, frames, options, left.matcher!.options, right)).filter((frame) => frame !== undefined);
  }
  const make = maker(options, left, right);
  if (!make) return frames;
  return frames.flatMap((frame) => {
    const values = make(frame, frames);
    if (!values) return options.replaceFields ? [] : [frame];
    const made = field(newName(options), "number", values, { config: options.alias ? { displayName: String(options.alias) } : {} });
    const time = options.timeSeries !== false ? timeField(frame) : undefined;
    const fields = options.replaceFields ? [...(time ? [time] : []), made] : [...frame.fields, made];
    return [{ ...frame, fields }];
  });
};
