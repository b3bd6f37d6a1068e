/** Asking the trace store, which speaks Tempo's API. */

import { ask, Failed } from "../ask/ask";
import type { TimeRange } from "../frame/frame";
import { readTrace, type AnsweredTrace, type Trace } from "./trace";

const ROOT = "/api/tempo/api";

export interface FoundTrace {
  traceID: string;
  rootServiceName?: string;
  rootTraceName?: string;
  startTimeUnixNano?: string;
  durationMs?: number;
  spanSets?: { matched?: number; spans?: { spanID: string }[] }[];
  spanSet?: { matched?: number };
}

/** The newest first; at most `limit`. */
export async function searchTraces(query: string, range: TimeRange, limit: number, signal: AbortSignal): Promise<FoundTrace[]> {
  const parameters = new URLSearchParams({ q: query, limit: String(limit), start: String(Math.floor(range.from / 1000)), end: String(Math.ceil(range.to / 1000)) });
  const { traces } = await ask<{ traces?: FoundTrace[] }>(`${ROOT}/search?${parameters}`, { signal });
  return (traces ?? []).sort((a, b) => (BigInt(b.startTimeUnixNano ?? 0) > BigInt(a.startTimeUnixNano ?? 0) ? 1 : -1));
}

/** Null: the store does not hold it. */
export async function traceById(id: string, signal: AbortSignal): Promise<Trace | null> {
  const path = `traces/${encodeURIComponent(id)}`;
  try {
    return readTrace(await ask<AnsweredTrace>(`${ROOT}/v2/${path}`, { signal }));
  } catch (error) {
    if (!(error instanceof Failed) || error.status !== 404) throw error;
  }
  try {
    return readTrace(await ask<AnsweredTrace>(`${ROOT}/${path}`, { signal })); // an older store knows only this
  } catch (error) {
    if (error instanceof Failed && error.status === 404) return null;
    throw error;
  }
}

export async function valuesOf(tag: string, signal: AbortSignal): Promise<string[]> {
  const { tagValues } = await ask<{ tagValues?: { value: string }[] }>(`${ROOT}/v2/search/tag/${encodeURIComponent(tag)}/values`, { signal });
  return (tagValues ?? []).map(({ value }) => value).sort();
}
