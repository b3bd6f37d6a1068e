/** The log store's reads beside queries: labels and their values, through the console. */

import { ask } from "./ask";
import type { Span } from "./metrics";

const ROOT = "/api/logs/loki/api/v1";

// Loki takes nanoseconds; more digits than a double has, so as text
const nanoseconds = (seconds: number) => `${Math.round(seconds * 1000)}000000`;

async function read<T>(path: string, matcher: string | undefined, of: Span | undefined, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams();
  if (matcher) query.set("query", matcher);
  if (of) {
    query.set("start", nanoseconds(of.start));
    query.set("end", nanoseconds(of.end));
  }
  const text = query.toString();
  return (await ask<{ data?: T }>(`${ROOT}/${path}${text && `?${text}`}`, { signal })).data ?? ([] as T);
}

export const logLabelNames = (matcher?: string, of?: Span, signal?: AbortSignal) => read<string[]>("labels", matcher, of, signal);

export const logLabelValues = (label: string, matcher?: string, of?: Span, signal?: AbortSignal) =>
  read<string[]>(`label/${encodeURIComponent(label)}/values`, matcher, of, signal);
