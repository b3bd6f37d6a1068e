/** Who calls whom: from the spans of one trace, or from the metrics of a service graph. Pure. */

import type { Field, FieldType, Frame } from "../frame/frame";
import type { Trace } from "./trace";

export interface Service {
  name: string;
  calls: number;
  failed: number;
  /** Of all calls together. */
  seconds: number;
}

export interface Call {
  from: string;
  to: string;
  calls: number;
  failed: number;
  seconds: number;
}

export interface ServiceMap {
  services: readonly Service[];
  calls: readonly Call[];
}

const callKey = (from: string, to: string) => JSON.stringify([from, to]);

/** A span whose parent belongs to another service is a call of that other; a span without one is a call from outside. */
export function mapOfTrace(trace: Trace): ServiceMap {
  const byId = new Map(trace.spans.map((span) => [span.id, span]));
  const services = new Map<string, Service>();
  const calls = new Map<string, Call>();
  for (const span of trace.spans) {
    const service = services.get(span.service) ?? { name: span.service, calls: 0, failed: 0, seconds: 0 };
    services.set(span.service, service);
    const from = byId.get(span.parentId)?.service;
    if (from === span.service) continue;
    const seconds = span.duration_us / 1e6;
    count(service, span.failed, seconds);
    if (from === undefined) continue;
    const key = callKey(from, span.service);
    const call = calls.get(key) ?? { from, to: span.service, calls: 0, failed: 0, seconds: 0 };
    calls.set(key, call);
    count(call, span.failed, seconds);
  }
  return { services: [...services.values()], calls: [...calls.values()] };
}

function count(into: { calls: number; failed: number; seconds: number }, failed: boolean, seconds: number): void {
  into.calls += 1;
  into.failed += failed ? 1 : 0;
  into.seconds += seconds;
}

interface Sample {
  metric: Readonly<Record<string, string>>;
  value: readonly [number, string];
}

/** From instant vectors of `increase(…)` over the same window, each with the labels client and server. */
export function mapOfMetrics(total: readonly Sample[], failed: readonly Sample[], seconds: readonly Sample[]): ServiceMap {
  const services = new Map<string, Service>();
  const calls = new Map<string, Call>();
  const serviceOf = (name: string) => {
    const service = services.get(name) ?? { name, calls: 0, failed: 0, seconds: 0 };
    services.set(name, service);
    return service;
  };
  const add = (samples: readonly Sample[], quantity: "calls" | "failed" | "seconds") => {
    for (const { metric, value } of samples) {
      const { client = "", server = "" } = metric;
      const amount = Number(value[1]);
      if (server === "" || !Number.isFinite(amount)) continue;
      serviceOf(server)[quantity] += amount;
      if (client === "") continue;
      serviceOf(client);
      const key = callKey(client, server);
      const call = calls.get(key) ?? { from: client, to: server, calls: 0, failed: 0, seconds: 0 };
      calls.set(key, call);
      call[quantity] += amount;
    }
  };
  add(total, "calls");
  add(failed, "failed");
  add(seconds, "seconds");
  return { services: [...services.values()], calls: [...calls.values()] };
}

/** What the node graph panel draws. Statistics: mean time of a call, and how many calls. */
export function mapFrames({ services, calls }: ServiceMap): Frame[] {
  const meanOf = ({ calls: number, seconds }: { calls: number; seconds: number }) => (number > 0 ? (seconds / number) * 1000 : null);
  const failedRatio = ({ calls: number, failed }: { calls: number; failed: number }) => (number > 0 ? Math.min(1, failed / number) : 0);
  const field = (name: string, type: FieldType, values: readonly unknown[], config: Field["config"] = {}): Field => ({ name, type, values, config });
  return [
    {
      refId: "nodes", kind: "nodes", name: "nodes", length: services.length,
      fields: [
        field("id", "string", services.map(({ name }) => name)),
        field("title", "string", services.map(({ name }) => name)),
        field("mainstat", "number", services.map(meanOf), { unit: "ms", displayName: "Mean time" }),
        field("secondarystat", "number", services.map(({ calls: number }) => number), { unit: "short", displayName: "Calls" }),
        field("arc__ok", "number", services.map((one) => 1 - failedRatio(one)), { color: { mode: "fixed", fixedColor: "green" }, displayName: "Succeeded" }),
        field("arc__failed", "number", services.map(failedRatio), { color: { mode: "fixed", fixedColor: "red" }, displayName: "Failed" }),
      ],
    },
    {
      refId: "edges", kind: "edges", name: "edges", length: calls.length,
      fields: [
        field("id", "string", calls.map(({ from, to }) => callKey(from, to))),
        field("source", "string", calls.map(({ from }) => from)),
        field("target", "string", calls.map(({ to }) => to)),
        field("mainstat", "number", calls.map(({ calls: number }) => number), { unit: "short", displayName: "Calls" }),
        field("secondarystat", "number", calls.map(meanOf), { unit: "ms", displayName: "Mean time" }),
      ],
    },
  ];
}
