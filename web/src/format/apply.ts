/** Field config and overrides, laid onto every column of the answers of a panel. */

import type { Override, Panel } from "../dashboard/model";
import type { Field, FieldConfig, Frame } from "../frame/frame";
import { withTypeDefaults } from "./defaults";
import { fieldMatcher, type FieldMatcher } from "./matchers";
import { fieldName } from "./names";

export type Interpolate = (text: string, scoped?: Readonly<Record<string, unknown>>) => string;

type Tree = Record<string, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets or, with null, removes `path` ("custom.stacking", "unit"), copying what it changes. Lists are put before those already there. */
function withValue(tree: Tree, path: readonly string[], value: unknown): Tree {
  const [head, ...rest] = path as [string, ...string[]];
  const copy = { ...tree };
  // A dashboard is untrusted: a path through a prototype would change every object of the page.
  if (head === "__proto__" || head === "constructor" || head === "prototype") return copy;
  const old = Object.hasOwn(copy, head) ? copy[head] : undefined;
  if (rest.length) copy[head] = withValue(isTree(old) ? old : {}, rest, value);
  else if (value == null) delete copy[head];
  else copy[head] = Array.isArray(value) && Array.isArray(old) ? [...value, ...old] : value;
  return copy;
}

/** The source's own config wins over the panel's defaults, key by key, inside `custom` too. */
function withDefaults(own: FieldConfig, defaults: FieldConfig): Tree {
  const config: Tree = { ...defaults, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value != null)) };
  config.custom = { ...defaults.custom, ...own.custom };
  if (own.links?.length && defaults.links?.length) config.links = [...own.links, ...defaults.links];
  return config;
}

function withColor(config: FieldConfig): FieldConfig {
  if (config.color?.mode) return config;
  return { ...config, color: { ...config.color, mode: config.thresholds ? "thresholds" : "palette-classic" } };
}

function extent(frames: readonly Frame[] | readonly [{ fields: readonly Field[] }]): { min: number; max: number } | null {
  let min = Infinity;
  let max = -Infinity;
  for (const frame of frames) {
    for (const field of frame.fields) {
      if (field.type !== "number") continue;
      for (const value of field.values as readonly (number | null)[]) {
        if (value === null || Number.isNaN(value)) continue;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
  }
  return min === Infinity ? null : { min, max };
}

interface Rule {
  match: FieldMatcher;
  properties: Override["properties"];
}

function rules(overrides: readonly Override[]): Rule[] {
  return overrides.flatMap((override) => {
    const match = override.matcher && fieldMatcher(override.matcher);
    return match ? [{ match, properties: (override.properties ?? []).filter((property) => typeof property?.id === "string") }] : [];
  });
}

const BOUNDS = ["min", "max", "decimals"] as const;

/** Variables in names, units and bounds: a bound may come as a text with a variable. */
function withVariables(config: FieldConfig, field: Field, interpolate: Interpolate): FieldConfig {
  const result: Tree = { ...config };
  const scoped = { __field: { name: field.name, labels: field.labels ?? {} }, __series: { name: field.name } };
  for (const key of ["displayName", "unit", "noValue"] as const) {
    const text = config[key];
    if (typeof text === "string" && /[$[]/.test(text)) result[key] = interpolate(text, scoped);
  }
  for (const key of BOUNDS) {
    const bound: unknown = config[key];
    if (bound == null || typeof bound === "number") continue;
    const number = bound === "" ? NaN : Number(interpolate(String(bound), scoped));
    if (Number.isNaN(number)) delete result[key];
    else result[key] = number;
  }
  return result as FieldConfig;
}

function configure(field: Field, frame: Frame, frames: readonly Frame[], defaults: FieldConfig, given: readonly Rule[]): FieldConfig {
  let config = withDefaults(field.config, defaults);
  for (const rule of given) {
    if (!rule.match(field, frame, frames)) continue;
    for (const { id, value } of rule.properties) config = withValue(config, id.split("."), value);
  }
  return config as FieldConfig;
}

/** New frames: the given ones are left as they are. Each field gets its config and its `state`; `type` brings what that panel type has by default. */
export function applyFieldConfig(frames: readonly Frame[], fieldConfig: Panel["fieldConfig"], interpolate: Interpolate, type?: string): Frame[] {
  const given = rules(fieldConfig.overrides);
  const defaults = type === undefined ? fieldConfig.defaults : withTypeDefaults(type, fieldConfig.defaults);
  let all: { min: number; max: number } | null | undefined;
  let seriesIndex = 0;
  const configured = frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      const raw = configure(field, frame, frames, defaults, given);
      return { ...field, config: withColor(withVariables(raw, field, interpolate)), state: undefined } as Field;
    }),
  }));
  for (const frame of configured) {
    for (const field of frame.fields) {
      const { config } = field;
      let range: { min: number; max: number } | null = null;
      if (field.type === "number") {
        const found = config.fieldMinMax ? extent([{ fields: [field] }]) : (all ??= extent(frames));
        range = { min: config.min ?? found?.min ?? 0, max: config.max ?? found?.max ?? 0 };
      } else if (config.min !== undefined && config.max !== undefined) range = { min: config.min, max: config.max };
      const displayName = fieldName(field, frame, configured);
      field.state = { displayName, seriesIndex, range };
      if (field.type !== "time") seriesIndex++;
    }
  }
  return configured;
}

/** Overrides whose matcher nobody here knows, in words for a person. */
export function overrideLosses(fieldConfig: Panel["fieldConfig"]): string[] {
  return fieldConfig.overrides
    .filter((override) => !override.matcher || !fieldMatcher(override.matcher))
    .map((override) => `The override by "${override.matcher?.id}" is left out.`);
}
