/** Values of columns from one type to another, and texts to other texts. */

import type { Field } from "../frame/frame";
import { fieldMatcher } from "../format/matchers";
import { fieldName } from "../format/names";
import { writeTime, zoneOffset } from "../format/times";
import type { Options, Transform } from "./kinds";

const PARTS: Readonly<Record<string, [part: string, expression: string]>> = {
  YYYY: ["year", "(\\d{4})"], MM: ["month", "(\\d{1,2})"], M: ["month", "(\\d{1,2})"], DD: ["day", "(\\d{1,2})"], D: ["day", "(\\d{1,2})"],
  HH: ["hour", "(\\d{1,2})"], H: ["hour", "(\\d{1,2})"], mm: ["minute", "(\\d{1,2})"], m: ["minute", "(\\d{1,2})"], ss: ["second", "(\\d{1,2})"], s: ["second", "(\\d{1,2})"], SSS: ["ms", "(\\d{1,3})"],
};

/** Reads a text by a pattern of numbers (YYYY-MM-DD HH:mm:ss); null when it does not fit. */
function readByPattern(text: string, pattern: string, timeZone: string): number | null {
  const order: string[] = [];
  const expression = pattern.replace(/YYYY|MM?|DD?|HH?|mm?|ss?|SSS|[.*+?^${}()|[\]\\/]/g, (word) => {
    const known = PARTS[word];
    if (!known) return `\\${word}`;
    order.push(known[0]);
    return known[1];
  });
  const match = new RegExp(`^${expression}`).exec(text);
  if (!match) return null;
  const part: Record<string, number> = {};
  order.forEach((name, index) => (part[name] = Number(match[index + 1])));
  const utc = Date.UTC(part.year ?? 1970, (part.month ?? 1) - 1, part.day ?? 1, part.hour ?? 0, part.minute ?? 0, part.second ?? 0, part.ms ?? 0);
  return utc - zoneOffset(utc, timeZone);
}

function readTime(value: unknown, pattern: string, timeZone: string): number | null {
  if (!value) return null;
  if (pattern === "X") return Number(value) * 1000;
  if (pattern === "x" || typeof value === "number") return Number(value);
  const text = String(value);
  // An ISO date without a zone is local to the chosen zone, not to UTC as Date.parse reads it.
  const found = pattern && !/Z$|[+-]\d\d:?\d\d$/.test(text) ? readByPattern(text, pattern, timeZone) : Date.parse(text);
  return found !== null && Number.isFinite(found) ? found : null;
}

function toTime(column: Field, options: Options): Field {
  const pattern = String(options.dateFormat ?? "");
  const isNumber = typeof column.values[0] === "number";
  if (isNumber && pattern !== "X") return { ...column, type: "time" };
  return { ...column, type: "time", values: column.values.map((value) => readTime(value, pattern, options.timezone || "browser")) };
}

function toNumber(value: unknown): number | null {
  const bare = typeof value === "string" ? value.replaceAll(",", "") : value;
  if (bare == null || bare === "") return null;
  const number = Number(bare);
  return Number.isFinite(number) ? number : null;
}

function parsed(value: unknown): unknown {
  try {
    return JSON.parse(value as string) as unknown;
  } catch {
    return null;
  }
}

/** moment's default when no pattern is given. */
const ISO = "YYYY-MM-DDTHH:mm:ssZ";

function toText(column: Field, options: Options): Field {
  const write = (value: unknown): unknown => {
    if (column.type === "time") return value == null ? value : writeTime(Number(value), options.dateFormat || ISO, options.timezone || "browser");
    if (column.type !== "string" && column.type !== "other") return String(value);
    return options.joinWith && Array.isArray(value) ? value.join(options.joinWith) : JSON.stringify(value);
  };
  return { ...column, type: "string", values: column.values.map(write) };
}

function converted(column: Field, options: Options): Field {
  switch (options.destinationType) {
    case "time":
      return toTime(column, options);
    case "number":
      return { ...column, type: "number", values: column.values.map(toNumber) };
    case "string":
      return toText(column, options);
    case "boolean":
      return { ...column, type: "boolean", values: column.values.map(Boolean) };
    case "other":
      return { ...column, type: "other", values: column.values.map(parsed) };
    default:
      return column;
  }
}

export const convertFieldType: Transform = (given, options) => {
  let frames = given;
  for (const conversion of (options.conversions ?? []) as readonly Options[]) {
    if (!conversion.targetField) continue;
    const match = fieldMatcher({ id: "byName", options: conversion.targetField })!;
    const before = frames;
    frames = before.map((frame) => ({
      ...frame,
      fields: frame.fields.map((each) => (match(each, frame, before) ? { ...converted(each, conversion), state: undefined } : each)),
    }));
  }
  return frames;
};

export const formatTime: Transform = (frames, options, interpolate) => {
  const settings = { dateFormat: interpolate(String(options.outputFormat ?? "")), timezone: options.timezone };
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((each) => (fieldName(each, frame, frames) === options.timeField ? toText({ ...each, state: undefined }, settings) : each)),
  }));
};

const capitals = (text: string): string[] => text.split(" ").map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());

const SPELLINGS: Readonly<Record<string, (text: string, options: Options) => string>> = {
  "Upper Case": (text) => text.toUpperCase(),
  "Lower Case": (text) => text.toLowerCase(),
  "Sentence Case": (text) => text.charAt(0).toUpperCase() + text.slice(1),
  "Title Case": (text) => capitals(text).join(" "),
  "Pascal Case": (text) => capitals(text).join(""),
  "Camel Case": (text) => capitals(text).join("").replace(/^./, (first) => first.toLowerCase()),
  "Snake Case": (text) => text.toLowerCase().replaceAll(" ", "_"),
  "Kebab Case": (text) => text.toLowerCase().replaceAll(" ", "-"),
  Trim: (text) => text.trim(),
  Substring: (text, options) => text.substring(options.substringStart, options.substringEnd),
};

export const formatString: Transform = (frames, options) => {
  const spell = SPELLINGS[String(options.outputFormat ?? "Upper Case")];
  const match = fieldMatcher({ id: "byName", options: options.stringField ?? "" })!;
  if (!spell) return frames;
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((each) =>
      match(each, frame, frames) ? { ...each, type: "string", values: each.values.map((value) => (value == null ? value : spell(String(value), options))) } : each,
    ),
  }));
};
