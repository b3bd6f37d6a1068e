import { expect, test } from "vitest";
import type { Envelope } from "../ask/query";
import { logFrame } from "./logs";
import { describe as described, fillLegend, framesOf, numberOf } from "./prometheus";

const matrix = (...result: unknown[]): Envelope => ({ status: "success", data: { resultType: "matrix", result } });
const asked = { refId: "A", expr: "up", legend: "__auto", format: "time_series" as const };

test("series lie on one grid of times, and a missing point is a gap", () => {
  const body = matrix(
    { metric: { job: "a" }, values: [[100, "1"], [130, "3"]] },
    { metric: { job: "b" }, values: [[115, "+Inf"]] },
  );
  const frames = framesOf(body, { ...asked, start: 100_000, end: 130_000, step: 15_000 });
  expect(frames[0]!.fields[0]!.values).toEqual([100_000, 115_000, 130_000]);
  expect(frames[0]!.fields[1]!.values).toEqual([1, null, 3]);
  expect(frames[1]!.fields[1]!.values).toEqual([null, Infinity, null]);
  expect(frames[1]!.fields[0]!.values).toBe(frames[0]!.fields[0]!.values);
});

test("series are named by their only label, by their legend, or by all labels", () => {
  const body = matrix({ metric: { job: "a" }, values: [[1, "1"]] }, { metric: { job: "b" }, values: [[1, "1"]] });
  expect(framesOf(body, asked).map((frame) => frame.name)).toEqual(["a", "b"]);
  expect(framesOf(body, { ...asked, legend: "{{job}} of {{ missing }}" }).map((frame) => frame.name)).toEqual(["a of ", "b of "]);
  expect(framesOf(body, { ...asked, legend: "" }).map((frame) => frame.name)).toEqual(['{job="a"}', '{job="b"}']);
  expect(framesOf(matrix({ metric: {}, values: [[1, "1"]] }), asked)[0]!.name).toBe("up");
});

test("a table has a column for each label, in their order, and one for the value", () => {
  const body: Envelope = {
    data: {
      resultType: "vector",
      result: [
        { metric: { __name__: "m", zone: "z", le: "0.5" }, value: [2, "7"] },
        { metric: { __name__: "m", app: "x" }, value: [2, "NaN"] },
      ],
    },
  };
  const [frame] = framesOf(body, { ...asked, format: "table", amongOthers: true });
  expect(frame!.fields.map((field) => field.name)).toEqual(["Time", "__name__", "app", "le", "zone", "Value #A"]);
  expect(frame!.fields.map((field) => field.values[0])).toEqual([2000, "m", "", 0.5, "z", 7]);
});

test("buckets count only what is theirs", () => {
  const body = matrix(
    { metric: { le: "+Inf" }, values: [[0, "10"]] },
    { metric: { le: "0.1" }, values: [[0, "4"]] },
    { metric: { le: "1" }, values: [[0, "9"]] },
  );
  const [frame] = framesOf(body, { ...asked, format: "heatmap", start: 0, end: 0, step: 1000 });
  expect(frame!.fields.map((field) => [field.name, field.values[0]])).toEqual([["Time", 0], ["0.1", 4], ["1", 5], ["+Inf", 1]]);
});

test("a scalar is one value, and warnings are told", () => {
  const [frame] = framesOf({ data: { resultType: "scalar", result: [5, "42"] }, warnings: ["careful"] }, asked);
  expect(frame!.fields[1]!.values).toEqual([42]);
  expect(frame!.notices).toEqual(["careful"]);
});

test("numbers of Prometheus, labels and legends are read and written", () => {
  expect([numberOf("-Inf"), numberOf("1e3")]).toEqual([-Infinity, 1000]);
  expect(described({ __name__: "up", b: 'say "x"', a: "1" })).toBe('up{a="1", b="say \\"x\\""}');
  expect(fillLegend("{{ a }}-{{a}}", { a: "x" })).toBe("x-x");
});

test("log lines of all streams are in order of their nanoseconds", () => {
  const body: Envelope = {
    data: {
      resultType: "streams",
      result: [
        { stream: { app: "a" }, values: [["1700000000000000002", "second", { trace: "t" }], ["1700000000000000001", "first"]] },
        { stream: { app: "b" }, values: [["1700000000000000003", "third"]] },
      ],
    },
  };
  const [labels, times, lines, ns, ids] = logFrame(body, "A").fields;
  expect(lines!.values).toEqual(["third", "second", "first"]);
  expect(labels!.values[1]).toEqual({ app: "a", trace: "t" });
  expect(times!.values[0]).toBeCloseTo(1_700_000_000_000, 3);
  expect(ns!.values[0]).toBe("1700000000000000003");
  expect(new Set(ids!.values).size).toBe(3);
});
