/** Asking the log store for lines, with what kind each label is; and listening to new ones. */

import { ask, request } from "../ask/ask";
import { logLabelNames } from "../ask/logs";
import type { TimeRange } from "../frame/frame";
import { readStreams, type AnsweredStream, type LogLine } from "./log-lines";
import { streamSelector } from "./logql-edit";
import type { AnsweredSeries } from "./volume";

const ROOT = "/api/logs/loki/api/v1";
const APART = { "X-Loki-Response-Encoding-Flags": "categorize-labels" };

const nanos = (ms: number): string => `${Math.round(ms)}000000`;

interface LogsAsked {
  query: string;
  /** Nanoseconds as text. The end is not included. */
  start: string;
  end: string;
  limit: number;
  direction: "backward" | "forward";
}

interface StreamsAnswer {
  data: { resultType: string; result: AnsweredStream[] };
}

async function lines(asked: LogsAsked, signal?: AbortSignal): Promise<LogLine[]> {
  const body = new URLSearchParams({ ...asked, limit: String(asked.limit) });
  const answer = await ask<StreamsAnswer>(`${ROOT}/query_range`, { method: "POST", body, headers: APART, ...(signal ? { signal } : {}) });
  return readStreams(answer.data.result, asked.direction === "backward");
}

/** At most `limit` lines: the newest, or the oldest of the range. */
export const linesOf = (query: string, range: TimeRange, limit: number, newestFirst: boolean, signal?: AbortSignal): Promise<LogLine[]> =>
  lines({ query, start: nanos(range.from), end: nanos(range.to), limit, direction: newestFirst ? "backward" : "forward" }, signal);

const AROUND_NS = 3_600_000_000_000n;

/** Lines of the same stream before and after one, the oldest first; at most `limit` on each side and an hour away. */
export async function contextOf(line: LogLine, limit: number, signal: AbortSignal): Promise<{ before: LogLine[]; after: LogLine[] }> {
  const at = BigInt(line.ns);
  // lines of the tail have their metadata among the labels of the stream: only true labels select
  const names = new Set(await logLabelNames(undefined, { start: line.at / 1000 - 3600, end: line.at / 1000 + 3600 }, signal));
  const query = streamSelector(Object.fromEntries(Object.entries(line.stream).filter(([name]) => names.has(name))));
  const [before, from] = await Promise.all([
    lines({ query, start: String(at - AROUND_NS), end: line.ns, limit, direction: "backward" }, signal),
    // the line itself is in this part, and whatever has the same time
    lines({ query, start: line.ns, end: String(at + AROUND_NS), limit: limit + 1, direction: "forward" }, signal),
  ]);
  const own = from.findIndex((other) => other.ns === line.ns && other.line === line.line);
  return { before: before.reverse(), after: own < 0 ? from : [...from.slice(0, own), ...from.slice(own + 1)] };
}

/** Lines by level over time: `query` is what volumeQuery made. */
export async function volumeOf(query: string, range: TimeRange, step_s: number, signal: AbortSignal): Promise<AnsweredSeries[]> {
  const step = step_s * 1000;
  const start = Math.floor(range.from / step) * step;
  const body = new URLSearchParams({ query, start: nanos(start), end: nanos(Math.ceil(range.to / step) * step), step: `${step_s}s` });
  const response = await request(`${ROOT}/query_range`, { method: "POST", body, signal });
  const { data } = (await response.json()) as { data: { resultType: string; result: AnsweredSeries[] } };
  if (data.resultType !== "matrix") throw new Error("the store answered lines instead of their number");
  return data.result;
}

export interface Tail {
  stop(): void;
}

/** How a tail stands before it has begun. */
export const CONNECTING = "Connecting …";

const AGAIN_AFTER_MS = [500, 1000, 2000, 5000, 10_000];

/**
 * New lines as they come, the oldest first. A connection that breaks is made anew from the last line on; `onState` says in words
 * how it stands, "" for well.
 */
export function tail(query: string, onLines: (lines: LogLine[]) => void, onState: (words: string) => void, onDropped: (entries: number) => void): Tail {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isStopped = false;
  let lastNs = `${Date.now() - 5000}000000`;
  const connect = () => {
    const parameters = new URLSearchParams({ query, limit: "100", start: lastNs });
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${ROOT}/tail?${parameters}`);
    socket.onopen = () => onState("");
    socket.onmessage = (event: MessageEvent<string>) => {
      failures = 0;
      const answer = JSON.parse(event.data) as { streams?: AnsweredStream[]; dropped_entries?: unknown[] | null };
      const fresh = readStreams(answer.streams ?? [], false);
      const newest = fresh.at(-1);
      if (newest) lastNs = String(BigInt(newest.ns) + 1n);
      if (fresh.length > 0) onLines(fresh);
      if (answer.dropped_entries?.length) onDropped(answer.dropped_entries.length);
    };
    socket.onclose = (event) => {
      if (isStopped) return;
      const wait = AGAIN_AFTER_MS[Math.min(failures, AGAIN_AFTER_MS.length - 1)] ?? 10_000;
      failures += 1;
      onState(`The connection ended${event.reason ? `: ${event.reason}` : ""}. Trying again in ${wait / 1000} s.`);
      timer = setTimeout(connect, wait);
    };
  };
  onState(CONNECTING);
  connect();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
