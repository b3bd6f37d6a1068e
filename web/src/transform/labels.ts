/** Labels of series to columns and rows. */

import type { Field, Frame } from "../frame/frame";
import { fieldName } from "../format/names";
import { reduceField } from "../reduce/reduce";
import { field, joinedRefId, type Transform } from "./kinds";

function labelRows(frames: readonly Frame[], keep: readonly string[] | undefined): Frame[] {
  return frames.flatMap((frame) =>
    frame.fields.flatMap((each) => {
      const keys = each.labels ? (keep ?? Object.keys(each.labels)) : [];
      if (!keys.length) return [];
      const fields = [field("label", "string", keys), field("value", "string", keys.map((key) => each.labels![key]))];
      return [{ ...frame, name: fieldName(each, frame, frames), fields, length: keys.length }];
    }),
  );
}

export const labelsToFields: Transform = (frames, options) => {
  const keep: readonly string[] | undefined = Array.isArray(options.keepLabels) && options.keepLabels.length ? options.keepLabels : undefined;
  if (options.mode === "rows") return labelRows(frames, Array.isArray(options.keepLabels) ? options.keepLabels : undefined);
  return frames.map((frame) => {
    // Two columns with different values of one label give two columns of that name.
    const found = new Map<string, Set<string>>();
    const fields = frame.fields.map((each): Field => {
      if (!each.labels) return each;
      let { name } = each;
      for (const [label, value] of Object.entries(each.labels)) {
        if (keep && !keep.includes(label)) continue;
        if (label === options.valueLabel) name = value;
        else found.set(label, (found.get(label) ?? new Set()).add(value));
      }
      return { ...each, name, labels: undefined, config: { ...each.config, displayName: undefined, displayNameFromDS: undefined }, state: undefined };
    });
    for (const [label, values] of found) for (const value of values) fields.push(field(label, "string", new Array<string>(frame.length).fill(value)));
    return { ...frame, fields };
  });
};

/** A row per combination of the joined labels, a column per value of the chosen one; each cell is the series' last value. */
export const joinByLabels: Transform = (frames, options) => {
  const chosen = String(options.value ?? "");
  const series = frames.flatMap((frame) => frame.fields.filter((each) => each.labels && each.type === "number"));
  if (!chosen || !series.length) return frames;
  const joined: readonly string[] = options.join?.length ? options.join : [...new Set(series.flatMap((each) => Object.keys(each.labels!)))].filter((label) => label !== chosen);
  const columns = [...new Set(series.map((each) => each.labels![chosen] ?? ""))];
  const rows = new Map<string, { labels: readonly string[]; cells: Map<string, unknown> }>();
  for (const each of series) {
    const labels = joined.map((label) => each.labels![label] ?? "");
    const key = JSON.stringify(labels);
    const row = rows.get(key) ?? { labels, cells: new Map<string, unknown>() };
    row.cells.set(each.labels![chosen] ?? "", reduceField(each, "last"));
    rows.set(key, row);
  }
  const list = [...rows.values()];
  const fields = [
    ...joined.map((label, index) => field(label, "string", list.map((row) => row.labels[index]))),
    ...columns.map((column) => field(column, "number", list.map((row) => row.cells.get(column) ?? null))),
  ];
  return [{ refId: joinedRefId("joinByLabels", frames), fields, length: list.length }];
};
