/** Between the shapes of time series: many frames, one wide table, one long table, a row per series. */

import type { Field, Frame } from "../frame/frame";
import { fieldName } from "../format/names";
import { reduceField } from "../reduce/reduce";
import { joinFrames } from "./join";
import { field, joinedRefId, sortRows, timeField, type Options, type Transform } from "./kinds";

/** One frame per column of numbers; texts become labels, one series per combination of them. */
function many(frames: readonly Frame[]): Frame[] {
  return frames.flatMap((frame) => {
    const time = timeField(frame);
    if (!time) return [];
    const texts = frame.fields.filter((each) => each.type === "string");
    const sets = new Map<string, number[]>();
    for (let row = 0; row < frame.length; row++) {
      const key = JSON.stringify(texts.map((each) => each.values[row]));
      const rows = sets.get(key);
      if (rows) rows.push(row);
      else sets.set(key, [row]);
    }
    return frame.fields
      .filter((each) => each.type === "number" || each.type === "boolean")
      .flatMap((each) =>
        [...sets.values()].map((rows) => {
          const labels = { ...each.labels, ...Object.fromEntries(texts.map((text) => [text.name, String(text.values[rows[0]!])])) };
          const value: Field = { ...each, values: rows.map((row) => each.values[row]), state: undefined, ...(Object.keys(labels).length ? { labels } : {}) };
          const made: Frame = { ...frame, fields: [{ ...time, values: rows.map((row) => time.values[row]) }, value], length: rows.length };
          return sortRows(made, 0);
        }),
      );
  });
}

/** Time, value columns, and a text column per label. */
function long(frames: readonly Frame[]): Frame[] {
  const series = many(frames);
  const labels = [...new Set(series.flatMap((frame) => Object.keys(frame.fields[1]!.labels ?? {})))];
  const names = [...new Set(series.map((frame) => frame.fields[1]!.name))];
  const rows = new Map<string, Record<string, unknown>>();
  for (const frame of series) {
    const [time, value] = frame.fields as [Field, Field];
    for (let row = 0; row < frame.length; row++) {
      const own = labels.map((label) => value.labels?.[label]);
      const key = JSON.stringify([time.values[row], own]);
      const made = rows.get(key) ?? { time: time.values[row], labels: own };
      made[`value ${value.name}`] = value.values[row];
      rows.set(key, made);
    }
  }
  const list = [...rows.values()];
  const fields = [
    field("time", "time", list.map((row) => row.time)),
    ...names.map((name) => field(name, "number", list.map((row) => row[`value ${name}`] ?? null))),
    ...labels.map((label, index) => field(label, "string", list.map((row) => (row.labels as string[])[index] ?? null))),
  ];
  return [sortRows({ refId: joinedRefId("prepareTimeSeries", frames), fields, length: list.length }, 0)];
}

export const prepareTimeSeries: Transform = (frames, options) => {
  if (!frames.some(timeField)) return frames;
  switch (options.format ?? "wide") {
    case "long":
      return long(frames);
    case "many":
    case "multi":
      return many(frames);
    default: {
      const series = many(frames);
      return series.length > 1 ? [joinFrames(series)] : series;
    }
  }
};

/** A row per series: its labels, and the series itself for a cell that draws it. The cell's value is `stat` of the series. */
export const timeSeriesTable: Transform = (frames, options) => {
  const byRef = new Map<string, Frame[]>();
  for (const frame of many(frames)) byRef.set(frame.refId, [...(byRef.get(frame.refId) ?? []), frame]);
  return [...byRef].map(([refId, series]) => {
    const labels = [...new Set(series.flatMap((frame) => Object.keys(frame.fields[1]!.labels ?? {})))];
    const stat: string = (options[refId] as Options | undefined)?.stat ?? "lastNotNull";
    const cells = series.map((frame) => ({ ...frame, value: reduceField(frame.fields[1]!, stat) }));
    const config = { ...series[0]!.fields[1]!.config, displayNameFromDS: undefined, custom: { cellOptions: { type: "sparkline" } } };
    const texts = labels.map((label) => field(label, "string", series.map((frame) => frame.fields[1]!.labels?.[label] ?? "")));
    const names = labels.length ? [] : [field("Name", "string", series.map((frame) => fieldName(frame.fields[1]!, frame, series)))];
    return { refId, fields: [...names, ...texts, field(`Trend #${refId}`, "other", cells, { config })], length: series.length };
  });
};
