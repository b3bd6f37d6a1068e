import { describe, expect, it } from "vitest";
import { hexId, readTrace, type AnsweredTrace, type Trace } from "./trace";
import { criticalPath, found, rowsOf, treeOf } from "./tree";
import { mapFrames, mapOfMetrics, mapOfTrace } from "./service-map";
import { durationMistake, isTraceId, NO_SEARCH, toTraceQL } from "./traceql";

const BEGAN_NS = 1_700_000_000_000_000_000n;
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

interface Told {
  id: number;
  parent?: number;
  service?: string;
  /** Microseconds. */
  from: number;
  to: number;
  failed?: boolean;
}

const idOf = (number: number) => number.toString(16).padStart(16, "0");

/** An OTLP trace from a few words about each span. */
function anAnswer(...spans: Told[]): AnsweredTrace {
  return {
    resourceSpans: spans.map(({ id, parent, service = "shop", from, to, failed }) => ({
      resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
      scopeSpans: [{
        scope: { name: "lib", version: "1" },
        spans: [{
          traceId: TRACE_ID, spanId: idOf(id), parentSpanId: parent === undefined ? "" : idOf(parent), name: `op ${id}`, kind: 2,
          startTimeUnixNano: String(BEGAN_NS + BigInt(from * 1000)), endTimeUnixNano: String(BEGAN_NS + BigInt(to * 1000)),
          attributes: [{ key: "http.status_code", value: { intValue: "200" } }],
          status: failed ? { code: 2, message: "no luck" } : {},
        }],
      }],
    })),
  };
}

function aTrace(...spans: Told[]): Trace {
  const trace = readTrace(anAnswer(...spans));
  if (trace === null) throw new Error("no span");
  return trace;
}

describe("reading a trace", () => {
  it("counts time from the first span and keeps what each span says", () => {
    const trace = aTrace({ id: 2, parent: 1, from: 30, to: 40, failed: true }, { id: 1, from: 10, to: 110 });
    expect(trace).toMatchObject({ id: TRACE_ID, duration_us: 100, start: 1_700_000_000_000.01 });
    expect(trace.spans.map(({ id, start_us, duration_us }) => [id, start_us, duration_us])).toEqual([[idOf(1), 0, 100], [idOf(2), 20, 10]]);
    expect(trace.spans[1]).toMatchObject({
      service: "shop", kind: "server", failed: true, statusMessage: "no luck", scope: "lib 1", attributes: { "http.status_code": 200 }, parentId: idOf(1),
    });
  });

  it("understands Tempo's newer envelope, base64 ids and words for kinds", () => {
    const trace = readTrace({
      trace: {
        batches: [{ scopeSpans: [{ spans: [{
          traceId: "Cvdlkms0kN0AAAAAAAAAAA==", spanId: "APBnqgugArc=", kind: "SPAN_KIND_CLIENT", startTimeUnixNano: "5000", endTimeUnixNano: "7000",
          status: { code: "STATUS_CODE_ERROR" },
          attributes: [
            { key: "list", value: { arrayValue: { values: [{ intValue: 1 }, { boolValue: true }] } } },
            { key: "map", value: { kvlistValue: { values: [{ key: "a", value: { doubleValue: 1.5 } }] } } },
            { key: "huge", value: { intValue: "9223372036854775807" } },
          ],
        }] }] }],
      },
    });
    expect(trace?.spans[0]).toMatchObject({
      id: "00f067aa0ba002b7", kind: "client", failed: true, duration_us: 2, service: "unknown",
      attributes: { list: [1, true], map: { a: 1.5 }, huge: "9223372036854775807" },
    });
  });

  it("counts a span that came twice once, and finds nothing in an empty answer", () => {
    expect(aTrace({ id: 1, from: 0, to: 1 }, { id: 1, from: 0, to: 1 }).spans).toHaveLength(1);
    expect(readTrace({})).toBeNull();
  });

  it("leaves ids that are neither spelling as they are", () => {
    expect(hexId("not an id!")).toBe("not an id!");
    expect(hexId("")).toBe("");
  });
});

describe("the waterfall", () => {
  const trace = aTrace(
    { id: 1, from: 0, to: 100 }, { id: 3, parent: 1, from: 50, to: 90 }, { id: 2, parent: 1, from: 10, to: 40 }, { id: 4, parent: 2, from: 15, to: 20 },
  );

  it("goes down the tree by start", () => {
    expect(rowsOf(treeOf(trace), new Set()).map(({ span, depth, below }) => [span.name, depth, below])).toEqual([
      ["op 1", 0, 3], ["op 2", 1, 1], ["op 4", 2, 0], ["op 3", 1, 0],
    ]);
  });

  it("leaves out what is below a collapsed span", () => {
    expect(rowsOf(treeOf(trace), new Set([idOf(2)])).map(({ span }) => span.name)).toEqual(["op 1", "op 2", "op 3"]);
  });

  it("shows spans without their parents, and circles of parents, at the left", () => {
    const odd = aTrace({ id: 1, parent: 9, from: 0, to: 5 }, { id: 2, parent: 3, from: 1, to: 2 }, { id: 3, parent: 2, from: 1, to: 2 }, { id: 4, parent: 4, from: 3, to: 4 });
    expect(rowsOf(treeOf(odd), new Set()).map(({ span, depth }) => [span.name, depth])).toEqual([["op 1", 0], ["op 4", 0], ["op 2", 0], ["op 3", 1]]);
  });
});

describe("the critical path", () => {
  const sections = (...spans: Told[]) => criticalPath(treeOf(aTrace(...spans))).map(({ spanId, from_us, to_us }) => [parseInt(spanId, 16), from_us, to_us]);

  it("is the span itself where it has no children", () => {
    expect(sections({ id: 1, from: 0, to: 10 })).toEqual([[1, 0, 10]]);
  });

  it("goes through children that follow each other, with the parent in between", () => {
    expect(sections({ id: 1, from: 0, to: 100 }, { id: 2, parent: 1, from: 10, to: 40 }, { id: 3, parent: 1, from: 50, to: 90 })).toEqual([
      [1, 0, 10], [2, 10, 40], [1, 40, 50], [3, 50, 90], [1, 90, 100],
    ]);
  });

  it("waits only for the one that ended last of those at the same time", () => {
    expect(sections({ id: 1, from: 0, to: 100 }, { id: 2, parent: 1, from: 10, to: 60 }, { id: 3, parent: 1, from: 20, to: 80 })).toEqual([
      [1, 0, 20], [3, 20, 80], [1, 80, 100],
    ]);
  });

  it("cuts off what a child does after its parent and leaves out what only began then", () => {
    expect(sections({ id: 1, from: 0, to: 50 }, { id: 2, parent: 1, from: 30, to: 90 }, { id: 3, parent: 1, from: 60, to: 95 })).toEqual([
      [1, 0, 30], [2, 30, 50],
    ]);
  });

  it("goes down more than one level", () => {
    expect(sections({ id: 1, from: 0, to: 10 }, { id: 2, parent: 1, from: 0, to: 10 }, { id: 3, parent: 2, from: 2, to: 9 })).toEqual([
      [2, 0, 2], [3, 2, 9], [2, 9, 10],
    ]);
  });
});

describe("searching in a trace", () => {
  const trace = aTrace({ id: 1, from: 0, to: 5 }, { id: 2, parent: 1, service: "Payments", from: 1, to: 2, failed: true });
  it.each([
    ["payments", [idOf(2)]], ["OP 1", [idOf(1)]], ["status_code=200", [idOf(1), idOf(2)]], ["no luck", [idOf(2)]], ["", []], ["zzz", []],
  ])("%j", (text, ids) => {
    expect([...found(trace, text)]).toEqual(ids);
  });
});

describe("the service map", () => {
  it("of a trace counts calls between services, not inside one", () => {
    const map = mapOfTrace(aTrace(
      { id: 1, service: "web", from: 0, to: 1000 }, { id: 2, parent: 1, service: "web", from: 0, to: 900 },
      { id: 3, parent: 2, service: "pay", from: 0, to: 400, failed: true }, { id: 4, parent: 2, service: "pay", from: 400, to: 600 },
    ));
    expect(map.services).toEqual([{ name: "web", calls: 1, failed: 0, seconds: 0.001 }, { name: "pay", calls: 2, failed: 1, seconds: expect.closeTo(0.0006, 9) }]);
    expect(map.calls).toEqual([{ from: "web", to: "pay", calls: 2, failed: 1, seconds: expect.closeTo(0.0006, 9) }]);
    const [nodes, edges] = mapFrames(map);
    expect(nodes?.fields.map(({ name, values }) => [name, values])).toEqual([
      ["id", ["web", "pay"]], ["title", ["web", "pay"]], ["mainstat", [1, expect.closeTo(0.3, 9)]], ["secondarystat", [1, 2]],
      ["arc__ok", [1, 0.5]], ["arc__failed", [0, 0.5]],
    ]);
    expect(edges?.length).toBe(1);
  });

  it("of metrics joins what each series says of one pair", () => {
    const of = (client: string, server: string, value: string) => ({ metric: { client, server }, value: [0, value] as const });
    const map = mapOfMetrics([of("web", "pay", "8"), of("", "web", "10")], [of("web", "pay", "2")], [of("web", "pay", "4"), of("web", "pay", "NaN")]);
    expect(map.calls).toEqual([{ from: "web", to: "pay", calls: 8, failed: 2, seconds: 4 }]);
    expect(map.services).toEqual([{ name: "pay", calls: 8, failed: 2, seconds: 4 }, { name: "web", calls: 10, failed: 0, seconds: 0 }]);
  });
});

describe("the search form as TraceQL", () => {
  it("finds everything where nothing is asked", () => {
    expect(toTraceQL(NO_SEARCH)).toBe("{}");
  });

  it("joins its conditions", () => {
    const search = { service: 'a "b"', span: "GET /", longerThan: "100ms", shorterThan: "2s", onlyFailed: true, tags: 'http.status_code=500 span.user="007" ok=true' };
    expect(toTraceQL(search)).toBe(
      '{ resource.service.name = "a \\"b\\"" && name = "GET /" && duration >= 100ms && duration <= 2s && status = error' +
      ' && .http.status_code = 500 && span.user = "007" && .ok = true }');
  });

  it("knows durations and ids", () => {
    expect([durationMistake("100ms"), durationMistake(" "), durationMistake("fast")]).toEqual(["", "", "“fast” is not a duration: write it like 100ms, 1.5s or 2m"]);
    expect([isTraceId(TRACE_ID), isTraceId("{}"), isTraceId("00f067aa0ba902b7")]).toEqual([true, false, true]);
  });
});
