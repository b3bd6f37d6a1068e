/** The search form as a TraceQL text. Pure. */

import { quoted } from "../explore/quoting";

export interface TraceSearch {
  service: string;
  span: string;
  /** As people write durations: 100ms, 1.5s, 2m. Empty: no bound. */
  longerThan: string;
  shorterThan: string;
  onlyFailed: boolean;
  /** As logfmt: http.method=GET http.status_code=500. */
  tags: string;
}

export const NO_SEARCH: TraceSearch = { service: "", span: "", longerThan: "", shorterThan: "", onlyFailed: false, tags: "" };

const DURATION = /^\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)$/;
const TAG = /(?:^|\s)([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/g;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Why a bound is not a duration; empty: it is. */
export const durationMistake = (text: string): string =>
  text.trim() === "" || DURATION.test(text.trim()) ? "" : `“${text}” is not a duration: write it like 100ms, 1.5s or 2m`;

/** An empty search finds every trace: `{}`. */
export function toTraceQL(search: TraceSearch): string {
  const conditions: string[] = [];
  if (search.service.trim()) conditions.push(`resource.service.name = ${quoted(search.service.trim())}`);
  if (search.span.trim()) conditions.push(`name = ${quoted(search.span.trim())}`);
  if (search.longerThan.trim()) conditions.push(`duration >= ${search.longerThan.trim()}`);
  if (search.shorterThan.trim()) conditions.push(`duration <= ${search.shorterThan.trim()}`);
  if (search.onlyFailed) conditions.push("status = error");
  for (const [, name, inQuotes, plain] of search.tags.matchAll(TAG)) {
    const value = inQuotes === undefined ? (plain ?? "") : inQuotes.replace(/\\(.)/g, "$1");
    // what is written in quotes is text, 500 alone is a number, as in the store's types
    const isBare = inQuotes === undefined && (NUMBER.test(value) || value === "true" || value === "false");
    conditions.push(`${scoped(name ?? "")} = ${isBare ? value : quoted(value)}`);
  }
  return conditions.length === 0 ? "{}" : `{ ${conditions.join(" && ")} }`;
}

const SCOPED = /^(?:span|resource|event|link|instrumentation|parent)\.|^\./;
const scoped = (name: string): string => (SCOPED.test(name) ? name : `.${name}`);

/** A pasted id instead of a query: 16 or 32 hexadecimal digits. */
export const isTraceId = (text: string): boolean => /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i.test(text.trim());
