/** Which columns an override or a transformation means. */

import type { Field, Frame } from "../frame/frame";
import { reduceField } from "../reduce/reduce";
import { pattern } from "./mappings";
import { fieldName } from "./names";

export type FieldMatcher = (field: Field, frame: Frame, frames: readonly Frame[]) => boolean;

const never: FieldMatcher = () => false;

function named(names: ReadonlySet<string>): FieldMatcher {
  return (field, frame, frames) => {
    if (names.has(field.name) || names.has(fieldName(field, frame, frames))) return true;
    // Old dashboards call a metric's column "Value" and a time column "Time", whatever they are called today.
    if (names.has("Value")) return field.labels !== undefined && field.labels.__name__ === field.name;
    return (names.has("Time") || names.has("time")) && field.type === "time";
  };
}

function byPattern(text: unknown): FieldMatcher {
  const expression = typeof text === "string" && text ? pattern(text) : undefined;
  if (!expression) return never;
  return (field, frame, frames) => fieldName(field, frame, frames).search(expression) >= 0;
}

/** Compares as Grafana's "by value" does: equality by text, order by number; null only equals null. */
export function compares(left: unknown, operator: string, right: unknown): boolean {
  const missing = left == null || right == null;
  const [a, b] = [left ?? "null", right ?? "null"] as [number, number];
  const op = missing && (operator === "gte" || operator === "lte") ? "eq" : operator;
  switch (op) {
    case "eq":
      return String(a) === String(b);
    case "neq":
      return String(a) !== String(b);
    case "gt":
      return a > b;
    case "gte":
      return a >= b;
    case "lt":
      return a < b;
    case "lte":
      return a <= b;
    default:
      return false;
  }
}

function byValue(options: { reducer?: string; op?: string; value?: unknown } | undefined): FieldMatcher {
  const calc = options?.reducer;
  if (!options || !calc) return never;
  return (field) => {
    const left = reduceField(field, calc);
    return calc === "allIsNull" || calc === "allIsZero" ? Boolean(left) : compares(left, options.op || "eq", options.value);
  };
}

function asSet(list: unknown): Set<string> {
  return new Set(Array.isArray(list) ? list.map(String) : []);
}

const MATCHERS: Readonly<Record<string, (options: any) => FieldMatcher>> = {
  byName: (name) => named(new Set([String(name)])),
  byNames: (options) => {
    const inner = named(asSet(options?.names));
    // "readOnly" and "prefix" are bookkeeping of Grafana's editor.
    return options?.mode === "exclude" ? (field, frame, frames) => !inner(field, frame, frames) : inner;
  },
  byRegexp: byPattern,
  byRegexpOrNames: (options) => {
    const [names, expression] = [named(asSet(options?.names)), byPattern(options?.pattern)];
    return (field, frame, frames) => names(field, frame, frames) || expression(field, frame, frames);
  },
  byType: (type) => (field) => field.type === type,
  byTypes: (types) => {
    const wanted = types instanceof Set ? types : asSet(types);
    return (field) => wanted.has(field.type);
  },
  numeric: () => (field) => field.type === "number",
  time: () => (field) => field.type === "time",
  first: () => (field, frame) => field === frame.fields[0],
  firstTimeField: () => (field, frame) => field === frame.fields.find((other) => other.type === "time"),
  byFrameRefID: (refId) => (_, frame) => frame.refId === refId,
  byValue,
  alwaysMatch: () => () => true,
  neverMatch: () => never,
};

/** undefined for a matcher that is not known. */
export function fieldMatcher(matcher: { id: string; options?: unknown }): FieldMatcher | undefined {
  if (matcher.id === "invertMatch") {
    const inner = fieldMatcher(matcher.options as { id: string; options?: unknown });
    return inner && ((field, frame, frames) => !inner(field, frame, frames));
  }
  if (matcher.id === "anyMatch" || matcher.id === "allMatch") {
    const inner = (Array.isArray(matcher.options) ? matcher.options : []).map(fieldMatcher).filter((found) => found !== undefined);
    return (...args) => (matcher.id === "anyMatch" ? inner.some((match) => match(...args)) : inner.every((match) => match(...args)));
  }
  return Object.hasOwn(MATCHERS, matcher.id) ? MATCHERS[matcher.id]!(matcher.options) : undefined;
}
