/** Loki's log lines as one frame: newest first or oldest first, as they were asked for. Pure. */

import type { Envelope } from "../ask/query";
import type { Frame } from "./frame";

interface Stream {
  stream: Record<string, string>;
  values: readonly [string, string, Record<string, unknown>?][];
}

/** Whether an answer holds lines; Loki's metric answers go through prometheus.ts. */
export const isStreams = (envelope: Envelope): boolean => envelope.data.resultType === "streams";

/** Columns: labels (objects), Time (milliseconds), Line, tsNs (nanoseconds as text) and id (unique among the lines). */
export function logFrame(envelope: Envelope, refId: string, direction: "backward" | "forward" = "backward"): Frame {
  const rows: { labels: Record<string, string>; ns: string; line: string }[] = [];
  for (const { stream, values } of (envelope.data.result as Stream[]) ?? []) {
    for (const [ns, line, more] of values) rows.push({ labels: more ? withMetadata(stream, more) : stream, ns, line });
  }
  // nanoseconds have more digits than a double keeps, but all have equally many
  const sign = direction === "backward" ? -1 : 1;
  rows.sort((a, b) => (a.ns.length - b.ns.length || (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0)) * sign);
  const seen = new Map<string, number>();
  const ids = rows.map((row) => {
    const times = seen.get(row.ns) ?? 0;
    seen.set(row.ns, times + 1);
    return `${row.ns}_${refId}_${times}`;
  });
  return {
    refId,
    kind: "logs",
    length: rows.length,
    fields: [
      { name: "labels", type: "other", values: rows.map((row) => row.labels), config: {} },
      { name: "Time", type: "time", values: rows.map((row) => Number(row.ns.slice(0, -6)) + Number(row.ns.slice(-6)) / 1e6), config: {} },
      { name: "Line", type: "string", values: rows.map((row) => row.line), config: {} },
      { name: "tsNs", type: "string", values: rows.map((row) => row.ns), config: {} },
      { name: "id", type: "string", values: ids, config: {} },
    ],
    ...(envelope.warnings?.length ? { notices: envelope.warnings } : {}),
  };
}

/** Structured metadata stands beside the labels, either plainly or under names of its own. */
function withMetadata(stream: Record<string, string>, more: Record<string, unknown>): Record<string, string> {
  const labels = { ...stream };
  for (const part of [more["structuredMetadata"], more["parsed"], "structuredMetadata" in more || "parsed" in more ? {} : more]) {
    for (const [name, value] of Object.entries((part as Record<string, unknown> | undefined) ?? {})) labels[name] = String(value);
  }
  return labels;
}
