/** Texts and objects taken apart into columns: JSON, key=value pairs, regular expressions with names. */

import type { Field, Frame } from "../frame/frame";
import { fieldMatcher } from "../format/matchers";
import { pattern } from "../format/mappings";
import { field, guessType, timeField, type Options, type Transform } from "./kinds";

type Parsed = Record<string, unknown>;

function isObject(value: unknown): value is Parsed {
  return typeof value === "object" && value !== null;
}

function asJson(value: unknown): Parsed | undefined {
  if (isObject(value)) return value;
  try {
    const read: unknown = JSON.parse(String(value));
    return isObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** a=1, b="two words", {c="d"}: quotes and separators fall away. */
function asPairs(value: unknown): Parsed {
  const found: Parsed = {};
  for (const match of String(value).matchAll(/([^\s=,;{}"]+)\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;{}]*))/g)) {
    found[match[1]!] = match[2] !== undefined ? match[2].replace(/\\(.)/g, "$1") : match[3];
  }
  return found;
}

function asGroups(expression: RegExp | undefined): (value: unknown) => Parsed {
  return (value) => (expression ? { ...expression.exec(String(value))?.groups } : {});
}

/** a.b[0]["c d"]: undefined where the way ends. */
export function atPath(value: unknown, path: string): unknown {
  let here: unknown = value;
  for (const match of path.matchAll(/\[["']?([^\]"']+)["']?\]|([^.[\]]+)/g)) {
    const step = match[1] ?? match[2]!;
    if (!isObject(here) || !Object.hasOwn(here, step)) return undefined;
    here = here[step];
  }
  return here;
}

function parser(options: Options): (value: unknown) => Parsed {
  const paths: readonly Options[] = (Array.isArray(options.jsonPaths) ? options.jsonPaths : []).filter((each) => each?.path);
  switch (options.format) {
    case "json":
      return (value) => {
        const read = asJson(value) ?? {};
        return paths.length ? Object.fromEntries(paths.map((each) => [each.alias || each.path, atPath(read, each.path)])) : read;
      };
    case "kvp":
      return asPairs;
    case "regexp":
      return asGroups(pattern(String(options.regExp ?? "")));
    case "delimiter":
      return (value) => Object.fromEntries(String(value).split(options.delimiter || ",").map((part, index) => [`${index + 1}`, part]));
    default:
      return (value) => asJson(value) ?? asPairs(value);
  }
}

function extracted(frame: Frame, source: Field, options: Options): Frame {
  const parse = parser(options);
  const columns = new Map<string, unknown[]>();
  source.values.forEach((value, row) => {
    if (value == null) return;
    for (const [name, part] of Object.entries(parse(value))) {
      const column = columns.get(name) ?? new Array<unknown>(frame.length).fill(undefined);
      column[row] = part;
      columns.set(name, column);
    }
  });
  const made = [...columns].map(([name, values]) => field(name, guessType(name, values) ?? "string", values));
  const numbers = made.map((each) => (each.type === "number" ? { ...each, values: each.values.map((value) => (value == null ? null : Number(value))) } : each));
  const time = options.keepTime ? timeField(frame) : undefined;
  return { ...frame, fields: options.replace ? [...(time ? [time] : []), ...numbers] : [...frame.fields, ...numbers] };
}

export const extractFields: Transform = (frames, options) => {
  const match = options.source ? fieldMatcher({ id: "byName", options: options.source }) : undefined;
  return frames.map((frame) => {
    const source = match && frame.fields.find((each) => match(each, frame, frames));
    return source ? extracted(frame, source, options) : frame;
  });
};
