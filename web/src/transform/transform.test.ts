import { describe, expect, test } from "vitest";

import type { Transformation } from "../dashboard/model";
import type { Field, Frame } from "../frame/frame";
import { KNOWN } from "./losses";
import { transform } from "./transform";

function frame(columns: Record<string, unknown[]>, rest: Partial<Frame> = {}): Frame {
  const typeOf = (name: string, values: unknown[]): Field["type"] => {
    if (name === "Time") return "time";
    return typeof values[0] === "number" ? "number" : typeof values[0] === "object" ? "other" : "string";
  };
  const fields = Object.entries(columns).map(([name, values]): Field => ({ name, type: typeOf(name, values), values, config: {} }));
  return { refId: "A", fields, length: fields[0]?.values.length ?? 0, ...rest };
}

function run(id: string, options: Record<string, unknown>, frames: Frame[]): Frame[] {
  return transform(frames, [{ id, options }], (text) => text);
}

const columns = (given: Frame): Record<string, readonly unknown[]> => Object.fromEntries(given.fields.map((field) => [field.name, field.values]));

describe("extractFields", () => {
  test("takes JSON apart and leaves what is no JSON empty", () => {
    const [found] = run("extractFields", { source: "Line", format: "json" }, [frame({ Line: ['{"a":1,"b":"x"}', "no", '{"a":2}'] })]);
    expect(columns(found!)).toEqual({ Line: ['{"a":1,"b":"x"}', "no", '{"a":2}'], a: [1, null, 2], b: ["x", undefined, undefined] });
  });

  test("follows paths and keeps only time and what was found", () => {
    const options = { source: "Line", format: "json", replace: true, keepTime: true, jsonPaths: [{ path: "user.roles[1]", alias: "role" }, { path: "n" }] };
    const [found] = run("extractFields", options, [frame({ Time: [5], Line: ['{"user":{"roles":["a","b"]},"n":3}'] })]);
    expect(columns(found!)).toEqual({ Time: [5], role: ["b"], n: [3] });
  });

  test("reads pairs with and without quotes", () => {
    const [found] = run("extractFields", { source: "Line", format: "kvp", replace: true }, [frame({ Line: ['level=info msg="two words" took=5'] })]);
    expect(columns(found!)).toEqual({ level: ["info"], msg: ["two words"], took: [5] });
  });

  test("reads named groups of an expression", () => {
    const [found] = run("extractFields", { source: "Line", format: "regexp", regExp: "/(?<verb>\\w+) (?<path>\\S+)/", replace: true }, [frame({ Line: ["GET /a", "PUT /b"] })]);
    expect(columns(found!)).toEqual({ verb: ["GET", "PUT"], path: ["/a", "/b"] });
  });

  test("does not walk into prototypes", () => {
    const [found] = run("extractFields", { source: "Line", format: "json", replace: true, jsonPaths: [{ path: "constructor.name", alias: "x" }] }, [frame({ Line: ["{}"] })]);
    expect(columns(found!)).toEqual({ x: [undefined] });
  });
});

test("rowsToFields makes a column of every row, with settings and labels from the other columns", () => {
  const [found] = run("rowsToFields", {}, [frame({ name: ["cpu", "mem"], value: [1, 2], unit: ["percent", "bytes"], max: [100, 500], zone: ["a", "b"] })]);
  expect(found!.fields.map(({ name, values, labels, config }) => ({ name, values, labels, config }))).toEqual([
    { name: "cpu", values: [1], labels: { zone: "a" }, config: { unit: "percent", max: 100 } },
    { name: "mem", values: [2], labels: { zone: "b" }, config: { unit: "bytes", max: 500 } },
  ]);
});

test("configFromData sets the others' config and drops its own frame", () => {
  const settings = frame({ Time: [1, 2], max: [50, 80], limit: [1, 7] }, { refId: "config" });
  const options = { configRefId: "config", mappings: [{ fieldName: "limit", handlerKey: "threshold1" }, { fieldName: "max", handlerKey: "max", reducerId: "first" }] };
  const found = run("configFromData", options, [settings, frame({ Time: [1], v: [3] })]);
  expect(found).toHaveLength(1);
  expect(found[0]!.fields[1]!.config).toEqual({ max: 50, thresholds: { mode: "absolute", steps: [{ value: null, color: "green" }, { value: 7, color: "red" }] } });
  expect(found[0]!.fields[0]!.config).toEqual({});
});

test("partitionByValues makes a frame of every value, named or labelled by it", () => {
  const given = frame({ host: ["a", "b", "a"], v: [1, 2, 3] });
  expect(run("partitionByValues", { fields: ["host"] }, [given]).map((each) => [each.fields.map((field) => field.labels), columns(each)])).toEqual([
    [[{ host: "a" }], { v: [1, 3] }],
    [[{ host: "b" }], { v: [2] }],
  ]);
  expect(run("partitionByValues", { fields: ["host"], keepFields: true, naming: { asLabels: false, withNames: true } }, [given]).map((each) => [each.name, columns(each)])).toEqual([
    ["host=a", { host: ["a", "a"], v: [1, 3] }],
    ["host=b", { host: ["b"], v: [2] }],
  ]);
});

describe("prepareTimeSeries", () => {
  const long = frame({ Time: [1, 1, 2], host: ["a", "b", "a"], v: [10, 20, 30] });

  test("to many: texts become labels", () => {
    const found = run("prepareTimeSeries", { format: "multi" }, [long]);
    expect(found.map((each) => [each.fields[1]!.labels, each.fields[0]!.values, each.fields[1]!.values])).toEqual([
      [{ host: "a" }, [1, 2], [10, 30]],
      [{ host: "b" }, [1], [20]],
    ]);
  });

  test("to wide and back to long", () => {
    const [wide] = run("prepareTimeSeries", { format: "wide" }, [long]);
    expect(wide!.fields.map((field) => field.values)).toEqual([[1, 2], [10, 30], [20, undefined]]);
    const [again] = run("prepareTimeSeries", { format: "long" }, [wide!]);
    expect(columns(again!)).toEqual({ time: [1, 1, 2, 2], v: [10, 20, 30, null], host: ["a", "b", "a", "b"] });
  });
});

test("timeSeriesTable has a row per series with the series in a cell", () => {
  const series = ["x", "y"].map((job, index): Frame => ({ refId: "B", length: 2, fields: [{ name: "Time", type: "time", values: [1, 2], config: {} }, { name: "Value", type: "number", labels: { job }, values: [index, index + 5], config: {} }] }));
  const [found] = run("timeSeriesTable", { B: { stat: "max" } }, series);
  expect(found!.fields.map((field) => field.name)).toEqual(["job", "Trend #B"]);
  expect(found!.fields[0]!.values).toEqual(["x", "y"]);
  expect(found!.fields[1]!.values.map((cell) => (cell as { value: number }).value)).toEqual([5, 6]);
});

test("joinByLabels has a column per value of the label", () => {
  const series = [["cpu", "a", 1], ["mem", "a", 2], ["cpu", "b", 3]].map(([what, host, value]): Frame => ({ refId: "A", length: 1, fields: [{ name: "Value", type: "number", labels: { what: String(what), host: String(host) }, values: [value], config: {} }] }));
  expect(columns(run("joinByLabels", { value: "what" }, series)[0]!)).toEqual({ host: ["a", "b"], cpu: [1, 3], mem: [2, null] });
});

test("steps run in order, disabled ones not at all, and variables are filled in", () => {
  const steps: Transformation[] = [
    { id: "calculateField", options: { mode: "binary", binary: { left: "v", operator: "*", right: "$factor" }, alias: "scaled" } },
    { id: "limit", options: { limitField: 1 }, disabled: true },
    { id: "organize", options: { excludeByName: { v: true } } },
  ];
  const [found] = transform([frame({ v: [1, 2] })], steps, (text) => text.replace("$factor", "10"));
  expect(columns(found!)).toEqual({ scaled: [10, 20] });
});

test("a step for some frames leaves the others where they are", () => {
  const frames = ["A", "B", "C"].map((refId) => frame({ v: [1, 2, 3] }, { refId }));
  const found = transform(frames, [{ id: "limit", options: { limitField: 1 }, filter: { id: "byRefId", options: "B" } }], (text) => text);
  expect(found.map((each) => [each.refId, each.length])).toEqual([["A", 3], ["B", 1], ["C", 3]]);
});

test("options of the wrong kind do not fail", () => {
  for (const id of KNOWN) for (const options of [{}, { fields: null, sort: null, filters: "x", reducers: "max", conversions: null, mappings: null, indexByName: null }]) expect(() => run(id, options, [frame({ Time: [1], v: [1] }), frame({ s: ["a"] })])).not.toThrow();
});
