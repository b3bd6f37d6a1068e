/** Log lines as the page works with them: read from the store's answers, with their level, fields and trace. Pure. */

import type { Labels } from "../frame/frame";
import type { NameKind } from "./logql-edit";

export interface LogLine {
  /** Nanoseconds since 1970, as the API writes them. */
  ns: string;
  /** Milliseconds since 1970. */
  at: number;
  line: string;
  stream: Labels;
  metadata: Labels;
  /** What the query's own parsers made of the line. */
  parsed: Labels;
}

export const LEVELS = ["critical", "error", "warning", "info", "debug", "trace", "unknown"] as const;
export type Level = (typeof LEVELS)[number];

const LEVEL_WORDS: ReadonlyMap<string, Level> = new Map(Object.entries({
  critical: "critical", crit: "critical", fatal: "critical", panic: "critical", emerg: "critical", emergency: "critical", alert: "critical",
  error: "error", err: "error", eror: "error", severe: "error",
  warning: "warning", warn: "warning",
  info: "info", information: "info", informational: "info", notice: "info",
  debug: "debug", dbug: "debug", trace: "trace", verbose: "trace",
} as const));

/** Loggers spell levels in many ways. */
export const levelOfWord = (word: string): Level => LEVEL_WORDS.get(word.toLowerCase()) ?? "unknown";

const LEVEL_NAMES = ["detected_level", "level", "lvl", "severity", "loglevel"];
const IN_TEXT = /\b(?:level|lvl|severity)"?[=:]\s?"?([A-Za-z]+)/;

export function levelOf({ stream, metadata, parsed, line }: LogLine): Level {
  for (const name of LEVEL_NAMES) {
    const word = parsed[name] ?? metadata[name] ?? stream[name];
    const level = word === undefined ? "unknown" : levelOfWord(word);
    if (level !== "unknown") return level;
  }
  return levelOfWord(IN_TEXT.exec(line)?.[1] ?? "");
}

interface Categorized {
  structuredMetadata?: Labels;
  parsed?: Labels;
}

/** One stream of `query_range` or of the tail; the third part of a value is there when the answer keeps kinds of labels apart. */
export interface AnsweredStream {
  stream: Labels;
  values: readonly (readonly [string, string, Categorized?])[];
}

/** Newest first, or oldest first; lines of the same nanosecond keep the store's order. */
export function readStreams(streams: readonly AnsweredStream[], newestFirst = true): LogLine[] {
  const lines = streams.flatMap(({ stream, values }) => values.map(([ns, line, more]): LogLine => ({
    ns, at: Number(ns.slice(0, -6)), line, stream, metadata: more?.structuredMetadata ?? {}, parsed: more?.parsed ?? {},
  })));
  const sign = newestFirst ? -1 : 1;
  // As text: nanoseconds do not fit a number, and all have 19 digits until the year 2286.
  return lines.sort((a, b) => (a.ns === b.ns ? 0 : a.ns < b.ns ? -sign : sign));
}

export interface FoundField {
  name: string;
  value: string;
  kind: NameKind;
}

/** What the line itself says, where the query has not parsed it: JSON, else logfmt, else nothing. */
export function fieldsOfText(line: string): FoundField[] {
  const json = jsonFields(line);
  if (json !== null) return json;
  const pairs = logfmtPairs(line);
  return pairs.length < 2 ? [] : pairs.map(([name, value]) => ({ name, value, kind: "logfmt" }));
}

const MOST_FIELDS = 200;

function jsonFields(line: string): FoundField[] | null {
  if (!line.trimStart().startsWith("{")) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  const found: FoundField[] = [];
  const visit = (value: unknown, name: string) => {
    if (found.length >= MOST_FIELDS || value === null || Array.isArray(value)) return; // the store's parser skips them too
    if (typeof value === "object") {
      for (const [key, inner] of Object.entries(value as object)) visit(inner, name === "" ? key : `${name}_${key}`);
    } else {
      found.push({ name, value: String(value), kind: "json" });
    }
  };
  visit(parsed, "");
  return found;
}

const LOGFMT_PAIR = /(?:^|\s)([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)/g;

function logfmtPairs(line: string): [string, string][] {
  const found: [string, string][] = [];
  for (const [, name, inQuotes, plain] of line.matchAll(LOGFMT_PAIR)) {
    if (name === undefined || found.length >= MOST_FIELDS) continue;
    found.push([name, inQuotes === undefined ? (plain ?? "") : inQuotes.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c))]);
  }
  return found;
}

const TRACE_NAMES = new Set(["trace_id", "traceid", "trace-id", "trace.id", "trace", "oteltraceid", "dd.trace_id"]);
const TRACE_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/i;

/** The trace that the line belongs to, by the usual names of that field; null where it names none. */
export function traceOf(line: LogLine): string | null {
  const named = [line.metadata, line.parsed, line.stream].flatMap((labels) => Object.entries(labels));
  const found = [...named, ...fieldsOfText(line.line).map(({ name, value }): [string, string] => [name, value])].find(
    ([name, value]) => TRACE_NAMES.has(name.toLowerCase()) && TRACE_ID.test(value));
  return found ? found[1].toLowerCase() : null;
}

const SOURCE_LABELS = ["component", "service_name", "service", "app", "job", "container", "unit", "filename"];

/** Which of a stream's labels names where it comes from. */
export function sourceOf(labels: Labels): string {
  const name = SOURCE_LABELS.find((label) => labels[label] && labels[label] !== "unknown_service");
  return name ? (labels[name] ?? "").replace(/^.*\//, "") : "";
}

export type Dedup = "none" | "exact" | "numbers" | "signature";

const LIKENESS: Readonly<Record<Dedup, (line: string) => string>> = {
  none: (line) => line,
  exact: (line) => line.replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, ""),
  numbers: (line) => line.replace(/\d/g, ""),
  signature: (line) => line.replace(/\w/g, ""),
};

/** Neighbours that are alike become one row with their number. */
export function withoutRepeats(lines: readonly LogLine[], dedup: Dedup): { line: LogLine; times: number }[] {
  const kept: { line: LogLine; times: number }[] = [];
  let last: string | null = null;
  for (const line of lines) {
    const likeness = dedup === "none" ? null : LIKENESS[dedup](line.line);
    const previous = kept.at(-1);
    if (previous !== undefined && likeness !== null && likeness === last) previous.times += 1;
    else kept.push({ line, times: 1 });
    last = likeness;
  }
  return kept;
}

/** For a download: one line each, with its time. */
export const asText = (lines: readonly LogLine[]): string => lines.map(({ at, line }) => `${new Date(at).toISOString()}\t${line}\n`).join("");

/** For a download: one JSON object each, with everything that is known. */
export const asJsonLines = (lines: readonly LogLine[]): string =>
  lines.map(({ ns, line, stream, metadata, parsed }) => `${JSON.stringify({ ns, line, labels: { ...stream, ...metadata, ...parsed } })}\n`).join("");
