/** Queries against metrics and logs, many in one request. The order of the answers is the order in which they are ready. */

import { ask, Failed, request } from "./ask";

export interface Query {
  id: string;
  source: "prometheus" | "logs";
  kind: "range" | "instant";
  expr: string;
  /** Seconds since 1970; `start`, `end` and `step` for a range, `time` for an instant. */
  start?: number;
  end?: number;
  step?: number;
  time?: number;
  limit?: number;
  direction?: "backward" | "forward";
}

/** Prometheus' and Loki's envelope. */
export interface Envelope {
  status?: string;
  data: { resultType: string; result: unknown };
  warnings?: readonly string[];
  infos?: readonly string[];
}

export type Answer = { id: string; took_ms: number } & ({ status: 200; body: Envelope } | { status: number; error: string });

/** The server takes so many queries in one request. */
const MOST_IN_ONE = 200;
let batches = true;

/**
 * Ask all queries; `onAnswer` is called once for each, unless `signal` ends it before. Resolves when all are answered.
 * Failures of single queries are answers; only a console that cannot be asked at all throws Failed.
 */
export async function queryBatch(
  queries: readonly Query[],
  onAnswer: (answer: Answer) => void,
  options: { signal?: AbortSignal; background?: boolean } = {},
): Promise<void> {
  const parts: Query[][] = [];
  for (let at = 0; at < queries.length; at += MOST_IN_ONE) parts.push(queries.slice(at, at + MOST_IN_ONE));
  await Promise.all(parts.map((part) => askPart(part, onAnswer, options)));
}

async function askPart(queries: readonly Query[], onAnswer: (answer: Answer) => void, options: { signal?: AbortSignal; background?: boolean }) {
  if (batches) {
    try {
      const response = await request("/api/query", { method: "POST", body: { queries }, ...options });
      return await readLines(response, queries, onAnswer);
    } catch (error) {
      // a server without the batch answers 404 or 405 before it has looked at any query
      if (!(error instanceof Failed) || (error.status !== 404 && error.status !== 405)) throw error;
      batches = false;
    }
  }
  await Promise.all(queries.map(async (query) => onAnswer(await askAlone(query, options))));
}

async function readLines(response: Response, queries: readonly Query[], onAnswer: (answer: Answer) => void): Promise<void> {
  const open = new Set(queries.map((query) => query.id));
  const give = (line: string) => {
    if (line.trim() === "") return;
    const answer = JSON.parse(line) as Answer;
    if (open.delete(answer.id)) onAnswer(answer);
  };
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = value.split("\n");
    if (lines.length === 1) {
      rest.push(value);
      continue;
    }
    give(rest.join("") + lines[0]);
    for (const line of lines.slice(1, -1)) give(line);
    rest = [lines.at(-1)!];
  }
  give(rest.join(""));
  for (const id of open) onAnswer({ id, took_ms: 0, status: 502, error: "The console ended its answer before this query's." });
}

const PATHS = { prometheus: "/api/prometheus/api/v1", logs: "/api/logs/loki/api/v1" };

async function askAlone(query: Query, options: { signal?: AbortSignal; background?: boolean }): Promise<Answer> {
  const began = performance.now();
  const took = () => performance.now() - began;
  const form = new URLSearchParams({ query: query.expr });
  for (const key of ["start", "end", "step", "time", "limit", "direction"] as const) {
    if (query[key] !== undefined) form.set(key, String(query[key]));
  }
  try {
    const path = `${PATHS[query.source]}/${query.kind === "range" ? "query_range" : "query"}`;
    const body = await ask<Envelope>(path, { method: "POST", body: form, ...options });
    return { id: query.id, took_ms: took(), status: 200, body };
  } catch (error) {
    if (!(error instanceof Failed) || error.status === 0 || error.status === 401) throw error;
    return { id: query.id, took_ms: took(), status: error.status, error: error.message };
  }
}

/** One query alone. Throws Failed in the upstream's words. */
export async function queryOne(query: Omit<Query, "id">, options: { signal?: AbortSignal } = {}): Promise<Envelope> {
  let found: Answer | undefined;
  await queryBatch([{ ...query, id: "only" }], (answer) => (found = answer), options);
  if (found === undefined) throw new Failed("The console did not answer this query.", 0);
  if ("body" in found) return found.body;
  throw new Failed(found.error, found.status);
}
