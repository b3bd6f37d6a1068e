/** Transformations that keep, order and rename whole columns or whole frames. */

import type { Field, Frame } from "../frame/frame";
import { pattern } from "../format/mappings";
import { fieldMatcher, type FieldMatcher } from "../format/matchers";
import { fieldName } from "../format/names";
import type { Options, Transform } from "./kinds";

type Matcher = { id: string; options?: unknown } | undefined;

/** Frames that lose all columns go too. */
function keepColumns(frames: readonly Frame[], include: Matcher, exclude: Matcher): readonly Frame[] {
  if (!include && !exclude) return frames;
  const wanted = include && fieldMatcher(include);
  const unwanted = exclude && fieldMatcher(exclude);
  const keep: FieldMatcher = (field, frame) => !unwanted?.(field, frame, frames) && (!wanted || wanted(field, frame, frames));
  return frames
    .map((frame) => ({ ...frame, fields: frame.fields.filter((field) => keep(field, frame, frames)) }))
    .filter((frame) => frame.fields.length > 0);
}

function namesMatcher(options: Options | undefined, byVariable: unknown): Matcher {
  if (!options) return undefined;
  if (byVariable && typeof options.variable === "string" && options.variable) {
    const list = options.variable.replace(/^\{(.*)\}$/, "$1");
    return { id: "byNames", options: { names: list.split(",") } };
  }
  const named = Array.isArray(options.names) && options.names.length > 0;
  if (options.pattern) return named ? { id: "byRegexpOrNames", options } : { id: "byRegexp", options: options.pattern };
  return named ? { id: "byNames", options: { names: options.names } } : undefined;
}

export const filterFieldsByName: Transform = (frames, options) =>
  keepColumns(frames, namesMatcher(options.include, options.byVariable), namesMatcher(options.exclude, options.byVariable));

export const filterFields: Transform = (frames, options) => keepColumns(frames, options.include, options.exclude);

/** "A", "A|B" or "/expression/". */
function refIdMatcher(text: unknown): ((frame: Frame) => boolean) | undefined {
  if (typeof text !== "string" || !text) return undefined;
  const expression = text.startsWith("/") ? pattern(text) : undefined;
  if (expression) return (frame) => (frame.refId || "").search(expression) >= 0;
  const names = new Set(text.split("|"));
  return (frame) => names.has(frame.refId);
}

export const filterByRefId: Transform = (frames, options) => {
  const include = refIdMatcher(options.include);
  const exclude = refIdMatcher(options.exclude);
  if (!include && !exclude) return frames;
  return frames.filter((frame) => !exclude?.(frame) && (!include || include(frame)));
};

export const filterFrames: Transform = (frames, options) => {
  const byName = (matcher: Matcher) => {
    const expression = matcher?.id === "byName" ? pattern(String(matcher.options)) : undefined;
    return expression && ((frame: Frame) => (frame.name ?? "").search(expression) >= 0);
  };
  const matching = (matcher: Matcher) => (matcher?.id === "byRefId" ? refIdMatcher(matcher.options) : byName(matcher));
  const include = matching(options.include);
  const exclude = matching(options.exclude);
  return frames.filter((frame) => !exclude?.(frame) && (!include || include(frame)));
};

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/** By the names or labels that `orderBy` lists; the first time column stays in front. */
function automatically(frame: Frame, frames: readonly Frame[], orderBy: readonly Options[]): Field[] {
  const first = frame.fields.find((field) => field.type === "time");
  const key = (field: Field, rule: Options): string => (rule.type === "label" ? (field.labels?.[rule.name ?? ""] ?? "") : fieldName(field, frame, frames));
  return [...frame.fields].sort((a, b) => {
    if (a === first || b === first) return a === first ? -1 : 1;
    for (const rule of orderBy) {
      const order = collator.compare(key(a, rule), key(b, rule)) * (rule.desc ? -1 : 1);
      if (order !== 0) return order;
    }
    return 0;
  });
}

export const order: Transform = (frames, options) => {
  const places: Options = options.indexByName ?? {};
  const place = (name: string): number => (Number.isInteger(places[name]) ? places[name] : Number.MAX_SAFE_INTEGER);
  return frames.map((frame) => {
    if ((options.orderByMode ?? "manual") !== "manual") return { ...frame, fields: automatically(frame, frames, options.orderBy ?? []) };
    const named = frame.fields.map((field) => ({ field, at: place(fieldName(field, frame, frames)) }));
    return { ...frame, fields: named.sort((a, b) => a.at - b.at).map(({ field }) => field) };
  });
};

export function withDisplayName(field: Field, displayName: string): Field {
  return { ...field, config: { ...field.config, displayName }, state: undefined };
}

export const rename: Transform = (frames, options) => {
  const names: Options = options.renameByName ?? {};
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      const name = names[fieldName(field, frame, frames)] ?? names[fieldName(field, frame)];
      return typeof name === "string" && name ? withDisplayName(field, name) : field;
    }),
  }));
};

/** Exclude, order and rename in one: what most tables do. */
export const organize: Transform = (frames, options, interpolate) => {
  const chosen = (byName: Options | undefined): string[] => Object.keys(byName ?? {}).filter((name) => byName![name]);
  const include = chosen(options.includeByName);
  const kept = filterFieldsByName(frames, { include: include.length ? { names: include } : undefined, exclude: { names: chosen(options.excludeByName) } }, interpolate);
  return rename(order(kept, options, interpolate), options, interpolate);
};

export const renameByRegex: Transform = (frames, options) => {
  const expression = pattern(String(options.regex ?? "(.*)"));
  if (!expression) return frames;
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      const name = fieldName(field, frame);
      return name.search(expression) < 0 ? field : withDisplayName(field, name.replace(expression, String(options.renamePattern ?? "$1")));
    }),
  }));
};
