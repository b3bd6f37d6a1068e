/** Rows to columns and columns to rows. */

import type { Field, FieldConfig, FieldType, Frame } from "../frame/frame";
import { fieldMatcher } from "../format/matchers";
import { fieldName } from "../format/names";
import { reduceField } from "../reduce/reduce";
import { field, specialValue, type Options, type Transform } from "./kinds";

export const groupingToMatrix: Transform = (frames, options) => {
  const [frame] = frames;
  if (frames.length !== 1 || !frame) return frames;
  const names = { column: options.columnField || "Time", row: options.rowField || "Time", value: options.valueField || "Value" };
  const find = (name: string): Field | undefined => frame.fields.find((each) => fieldMatcher({ id: "byName", options: name })!(each, frame, [frame]));
  const [column, row, value] = [find(names.column), find(names.row), find(names.value)];
  if (!column || !row || !value) return frames;
  const cells = new Map<string, unknown>();
  const key = (a: unknown, b: unknown): string => JSON.stringify([String(a), String(b)]);
  value.values.forEach((cell, index) => cells.set(key(column.values[index], row.values[index]), cell));
  const rows = [...new Set(row.values)];
  const { displayName: _, ...config } = value.config;
  const fields = [...new Set(column.values)].map((name) =>
    field(String(name), value.type, rows.map((each) => cells.get(key(name, each)) ?? specialValue(options.emptyValue ?? "empty")), {
      // A column named by a number would be called like the source's series otherwise.
      config: typeof name === "number" ? { ...config, displayNameFromDS: undefined } : config,
    }),
  );
  return [{ refId: frame.refId, fields: [field(`${names.row}\\${names.column}`, row.type, rows, { config: { ...row.config } }), ...fields], length: rows.length }];
};

function asText(column: Field, value: unknown, empty: unknown): unknown {
  if (value == null) return empty;
  return column.type === "other" ? JSON.stringify(value) : String(value);
}

function transposed(frame: Frame, frames: readonly Frame[], options: Options): Frame {
  const [first] = frame.fields;
  if (!first) return frame;
  const empty = specialValue(options.emptyValue ?? "empty");
  const firstName: string = options.firstFieldName || "Field";
  const restName: string = options.restFieldsName || "Value";
  const withHeads = first.type === "string" || first.type === "time";
  const body = withHeads ? frame.fields.slice(1) : frame.fields;
  const types = new Set<FieldType>(body.map((each) => each.type));
  const type = types.size === 1 ? [...types][0]! : "string";
  const columns = first.values.map((head, row) => {
    const values = body.map((each) => (type === "string" ? asText(each, each.values[row], empty) : each.values[row]));
    const labels = withHeads ? { [first.name]: String(asText(first, head, empty)) } : { row: String(row + 1) };
    return field(restName, type, values, { labels });
  });
  const names = field(firstName, "string", body.map((each) => fieldName(each, frame, frames)));
  return { ...frame, refId: `transpose-${frame.refId}`, fields: [names, ...columns], length: body.length };
}

export const transpose: Transform = (frames, options) => frames.map((frame) => transposed(frame, frames, options));

type Setting = (config: FieldConfig, value: any) => FieldConfig;

function withThreshold(config: FieldConfig, value: unknown): FieldConfig {
  const steps = config.thresholds?.steps ?? [{ value: null, color: "green" }];
  return { ...config, thresholds: { mode: config.thresholds?.mode ?? "absolute", steps: [...steps, { value: Number(value), color: "red" }] } };
}

/** What a cell may set on a column, by the name Grafana gives the setting. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  min: (config, value) => ({ ...config, min: Number(value) }),
  max: (config, value) => ({ ...config, max: Number(value) }),
  decimals: (config, value) => ({ ...config, decimals: Number(value) }),
  unit: (config, value) => ({ ...config, unit: String(value) }),
  displayName: (config, value) => ({ ...config, displayName: String(value) }),
  noValue: (config, value) => ({ ...config, noValue: String(value) }),
  color: (config, value) => ({ ...config, color: { mode: "fixed", fixedColor: String(value) } }),
  threshold1: withThreshold,
};

/** "name" sets "displayName" and so on: a column named like a setting sets it, unless mappings say otherwise. */
function settingFor(column: Field, mappings: readonly Options[]): string | undefined {
  const mapping = mappings.find((each) => each.fieldName === column.name);
  const wanted = mapping ? String(mapping.handlerKey ?? "__ignore") : column.name;
  return Object.keys(SETTINGS).find((name) => name.toLowerCase() === wanted.toLowerCase());
}

/** Every row becomes a column of one value: its name, its value, settings, and labels from the other text columns. */
export const rowsToFields: Transform = (frames, options) => {
  const mappings: readonly Options[] = options.mappings ?? [];
  return frames.map((frame) => {
    const byKey = (key: string): Field | undefined => frame.fields.find((each) => mappings.some((mapping) => mapping.fieldName === each.name && mapping.handlerKey === key));
    const names = byKey("field.name") ?? frame.fields.find((each) => each.type === "string");
    const values = byKey("field.value") ?? frame.fields.find((each) => each.type === "number");
    if (!names || !values) return frame;
    const others = frame.fields.filter((each) => each !== names && each !== values && !mappings.some((mapping) => mapping.fieldName === each.name && mapping.handlerKey === "__ignore"));
    const fields = names.values.map((name, row) => {
      let config: FieldConfig = { ...values.config };
      const labels: Record<string, string> = {};
      for (const other of others) {
        const setting = settingFor(other, mappings);
        if (setting) config = SETTINGS[setting]!(config, other.values[row]);
        else if (other.type === "string") labels[other.name] = String(other.values[row]);
      }
      return field(String(name), values.type, [values.values[row]], { config, ...(Object.keys(labels).length ? { labels } : {}) });
    });
    return { ...frame, fields, length: 1 };
  });
};

/** One query's answer sets min, max, unit … of the columns of the others. */
export const configFromData: Transform = (frames, options) => {
  const source = frames.find((frame) => frame.refId === (options.configRefId ?? "config"));
  if (!source) return frames;
  const mappings: readonly Options[] = options.mappings ?? [];
  const match = options.applyTo ? fieldMatcher(options.applyTo) : fieldMatcher({ id: "numeric" });
  const settings = source.fields.flatMap((each) => {
    const setting = settingFor(each, mappings);
    const calc: string = mappings.find((mapping) => mapping.fieldName === each.name)?.reducerId ?? "lastNotNull";
    const value = reduceField(each, calc);
    return setting && value != null ? [{ setting, value }] : [];
  });
  return frames
    .filter((frame) => frame !== source)
    .map((frame) => ({
      ...frame,
      fields: frame.fields.map((each) =>
        match?.(each, frame, frames) ? { ...each, config: settings.reduce((config, { setting, value }) => SETTINGS[setting]!(config, value), each.config) } : each,
      ),
    }));
};
