/** Several frames made one, below each other: rows that fit together become one row. */

import type { Field, Frame } from "../frame/frame";
import { frameName } from "../format/names";
import { field, joinedRefId, sortRows, timeField, type Transform } from "./kinds";

type Row = Record<string, unknown>;

/** Rows contradict each other when a column holds two different values; a gap contradicts nothing. */
function fits(existing: Row, row: Row): boolean {
  return Object.keys(row).every((name) => existing[name] == null || existing[name] === row[name]);
}

function bare(column: Field): Field {
  const { displayName: _, ...config } = column.config;
  return { name: column.name, type: column.type, values: [], config };
}

function rowAt(frame: Frame, index: number): Row {
  return Object.fromEntries(frame.fields.map((each) => [each.name, each.values[index]]));
}

export const merge: Transform = (all, _options) => {
  const frames = all.filter((frame) => frame.fields.length > 0);
  if (all.length < 2) return all;
  if (!frames.length) return [all[0]!];
  const columns = new Map<string, Field>();
  for (const frame of frames) for (const each of frame.fields) if (!columns.has(each.name)) columns.set(each.name, bare(each));
  const shared = [...columns.keys()].filter((name) => frames.every((frame) => frame.fields.some((each) => each.name === name)));
  if (!shared.length) return all;
  // A list in order of first sight; rows are replaced in place when another row is merged into them.
  const rows: Row[] = [];
  const byKey = new Map<string, number[]>();
  for (const frame of frames) {
    for (let index = 0; index < frame.length; index++) {
      const row = rowAt(frame, index);
      const key = shared.map((name) => String(row[name])).join("");
      const known = byKey.get(key) ?? [];
      const partners = known.filter((place) => fits(rows[place]!, row));
      for (const place of partners) rows[place] = { ...rows[place]!, ...row };
      if (partners.length) continue;
      byKey.set(key, [...known, rows.length]);
      rows.push(row);
    }
  }
  const fields = [...columns.values()].map((each) => ({ ...each, values: rows.map((row) => row[each.name]) }));
  return [{ refId: joinedRefId("merge", frames), fields, length: rows.length }];
};

function isSeries(frame: Frame): boolean {
  return frame.fields.length <= 2 && timeField(frame) !== undefined && frame.fields.some((each) => each.type === "number");
}

/** Time, Metric, Value: one row per point of every series, newest first. Anything but series stays as it is. */
export const seriesToRows: Transform = (all) => {
  const frames = all.filter((frame) => frame.length > 0);
  if (!frames.length || !frames.every(isSeries)) return frames;
  const points = frames.map((frame) => {
    const at = frame.fields.findIndex((each) => each.type === "time");
    return { times: frame.fields[at]!, values: frame.fields[at === 0 ? 1 : 0]!, name: frameName(frame), length: frame.length };
  });
  const bareConfig = (column: Field | undefined): Field["config"] => {
    const { displayName: _, displayNameFromDS: __, ...config } = column?.config ?? {};
    return config;
  };
  const first = points[0]!;
  const fields = [
    field("Time", "time", points.flatMap((point) => point.times.values), { config: bareConfig(first.times) }),
    field("Metric", "string", points.flatMap((point) => new Array<string>(point.length).fill(point.name))),
    field("Value", first.values?.type ?? "number", points.flatMap((point) => point.values?.values ?? []), { config: bareConfig(first.values) }),
  ];
  const length = points.reduce((total, point) => total + point.length, 0);
  return [sortRows({ refId: joinedRefId("seriesToRows", frames), fields, length }, 0, true)];
};
