/** Whole series to single values: a row per series, or a series of one row. */

import type { Field, FieldType, Frame } from "../frame/frame";
import { fieldMatcher, type FieldMatcher } from "../format/matchers";
import { fieldName } from "../format/names";
import { calcName, knownCalc, reduceField } from "../reduce/reduce";
import { field, guessType, joinedRefId, type Options, type Transform } from "./kinds";

function oneRow(frames: readonly Frame[], match: FieldMatcher, calcs: readonly string[]): Frame[] {
  const typeOf = (calc: string, own: FieldType): FieldType => {
    if (calc === "allValues" || calc === "uniqueValues") return "other";
    return /^(first|last)(NotNull)?$/.test(calc) ? own : "number";
  };
  return frames.flatMap((frame) => {
    const fields = frame.fields
      .filter((each) => match(each, frame, frames))
      .flatMap((each) =>
        calcs.map((calc): Field => {
          const labels = calcs.length > 1 ? { ...each.labels, reducer: calcName(calc) } : { ...each.labels };
          return { ...each, labels, type: typeOf(calc, each.type), values: [reduceField(each, calc)], state: undefined };
        }),
      );
    return fields.length ? [{ ...frame, fields, length: 1 }] : [];
  });
}

function rowPerColumn(frame: Frame, frames: readonly Frame[], match: FieldMatcher, calcs: readonly string[], labels: readonly string[] | undefined): Frame {
  const source = frame.fields.filter((each) => match(each, frame, frames));
  const fields = [field("Field", "string", source.map((each) => (labels ? each.name : fieldName(each, frame, frames))))];
  for (const label of labels ?? []) fields.push(field(label, "string", source.map((each) => each.labels?.[label])));
  for (const calc of calcs) {
    // Of a column without rows nothing is known; of one with gaps only, that it has no number.
    const values = source.map((each) => reduceField(each, calc) ?? (each.values.length ? NaN : undefined));
    fields.push(field(calcName(calc), guessType(calcName(calc), values) ?? "other", values));
  }
  return { ...frame, fields, length: source.length };
}

/** Rows of the later tables below the first; columns that the first does not have are left out. */
function stacked(tables: readonly Frame[]): Frame | undefined {
  const [first, ...rest] = tables;
  if (!first) return undefined;
  const fields = first.fields.map((base, at) => {
    const more = rest.flatMap((table) => table.fields.filter((each, index) => (at === 0 && index === 0) || (each.name === base.name && each.type === base.type)));
    return { ...base, values: [...base.values, ...more.flatMap((each) => each.values)] };
  });
  return { ...first, name: undefined, fields, length: fields[0]?.values.length ?? 0 };
}

export const reduce: Transform = (frames, options: Options) => {
  const calcs: readonly string[] = (Array.isArray(options.reducers) ? options.reducers : ["max"]).filter(knownCalc);
  if (!calcs.length) return frames;
  const inFields = options.mode === "reduceFields";
  const notTime: FieldMatcher = (each) => each.type !== "time";
  const match = (options.fields && fieldMatcher(options.fields)) || (options.includeTimeField && inFields ? () => true : notTime);
  if (inFields) return oneRow(frames, match, calcs);
  const labels = options.labelsToFields ? [...new Set(frames.flatMap((frame) => frame.fields.flatMap((each) => Object.keys(each.labels ?? {}))))] : undefined;
  const table = stacked(frames.map((frame) => rowPerColumn(frame, frames, match, calcs, labels)));
  return table ? [{ ...table, refId: joinedRefId("reduce", frames) }] : [];
};
