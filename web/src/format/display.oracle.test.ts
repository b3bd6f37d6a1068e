import { expect, test } from "vitest";

import type { Override } from "../dashboard/model";
import type { Field, FieldConfig, Frame, Mapping, Thresholds } from "../frame/frame";
import { knownCalc, reduceField } from "../reduce/reduce";
import { applyFieldConfig } from "./apply";
import { hex, rgb, type Theme } from "./colors";
import { display, seriesColor } from "./display";
import { oracle, oracleField, oracleFrame, oracleTheme } from "./oracle";

const ABSOLUTE: Thresholds = { mode: "absolute", steps: [{ value: null, color: "green" }, { value: 10, color: "orange" }, { value: 80, color: "#ff0000" }] };
const PERCENTAGE: Thresholds = { mode: "percentage", steps: [{ value: null, color: "blue" }, { value: 50, color: "rgb(1, 2, 3)" }, { value: 90, color: "dark-red" }] };
const MAPPINGS: Mapping[] = [
  { type: "value", options: { "1": { text: "one", color: "purple" }, up: { text: "UP", index: 1 }, "55": { color: "red" } } },
  { type: "range", options: { from: 20, to: 30, result: { text: "twenties" } } },
  { type: "range", options: { from: null, to: -1, result: { text: "below", color: "semi-dark-yellow" } } },
  { type: "regex", options: { pattern: "/^host-(.*)$/", result: { text: "machine $1", color: "yellow" } } },
  { type: "special", options: { match: "null+nan", result: { text: "nothing", color: "text" } } },
  { type: "special", options: { match: "empty", result: { text: "blank" } } },
  { type: "special", options: { match: "true", result: { text: "yes!" } } },
];
const MODES = [
  "thresholds", "palette-classic", "palette-classic-by-name", "palette-colorblind", "fixed", "shades", "continuous-GrYlRd", "continuous-RdYlGr", "continuous-BlYlRd",
  "continuous-YlRd", "continuous-BlPu", "continuous-YlBl", "continuous-blues", "continuous-reds", "continuous-greens", "continuous-purples",
];
const VALUES: unknown[] = [null, undefined, NaN, 0, 1, -5, 9.99, 10, 25, 50, 55, 79, 80, 99, 100, 140, "up", "host-7", "", "12", "text", true, false, ["a", 1], [1, 2]];

function close(one: string, other: string, tolerance: number): boolean {
  const [a, b] = [rgb(one), rgb(other)];
  return a.every((part, index) => Math.abs(part - b[index]!) <= tolerance);
}

test("texts and colours of mapped and plain values agree with the oracle", { timeout: 60_000 }, () => {
  const wrong: string[] = [];
  let cases = 0;
  for (const theme of ["dark", "light"] as Theme[]) {
    for (const mode of MODES) {
      // The oracle keeps a gradient's colours of the theme that asked first.
      if (theme === "light" && mode.startsWith("continuous")) continue;
      for (const thresholds of [undefined, ABSOLUTE, PERCENTAGE]) {
        for (const mappings of [undefined, MAPPINGS]) {
          for (const type of ["number", "string", "boolean", "other"] as Field["type"][]) {
            const config: FieldConfig = { thresholds, mappings, color: { mode, fixedColor: "semi-dark-blue" }, noValue: "-", unit: type === "number" ? "bytes" : undefined };
            const field: Field = { name: "load", type, values: [1, 100], config, state: { displayName: "load of host", seriesIndex: 3, range: { min: 0, max: 100 } } };
            const ours = display(field, theme, "utc");
            const theirs = oracle.getDisplayProcessor({ field: oracleField(field), theme: oracleTheme[theme], timeZone: "utc" });
            for (const value of VALUES) {
              cases++;
              const [found, expected] = [ours(value), theirs(value)];
              // A gradient is 256 steps here.
              const same = found.text === expected.text && (found.suffix ?? "") === (expected.suffix ?? "") && close(found.color!, expected.color!, 3);
              if (!same) wrong.push(`${theme} ${mode} ${thresholds?.mode} ${mappings ? "mapped" : ""} ${type} ${String(value)}: ${found.text} ${found.color} | ${expected.text} ${expected.color}`);
            }
          }
        }
      }
    }
  }
  console.log(`display: ${cases} cases, agreement ${((1 - wrong.length / cases) * 100).toFixed(3)} %`, wrong.slice(0, 30).join("\n"));
  expect(wrong.length / cases).toBeLessThanOrEqual(0.005);
});

const CALCS = [
  "lastNotNull", "last", "firstNotNull", "first", "min", "max", "mean", "median", "variance", "stdDev", "sum", "count", "countAll", "range", "delta", "step", "diff",
  "logmin", "allIsZero", "allIsNull", "changeCount", "distinctCount", "diffperc", "allValues", "uniqueValues", "p5", "p50", "p95", "p99",
];
const COLUMNS: readonly (readonly unknown[])[] = [
  [], [null], [null, null], [0, 0], [5], [1, 2, 3, 4], [4, null, 2, 8, null], [NaN, 1, 3], [10, 20, 5, 15, 25], [-3, -1, -2], [1, 1, 2, 2, 1], [null, 7, NaN], [0, null, 0],
];

test("calcs agree with the oracle, for numbers and for texts", () => {
  const wrong: string[] = [];
  const types: Field["type"][] = ["number", "string"];
  for (const type of types) {
    const columns = type === "number" ? COLUMNS : [[], ["a"], ["b", "a", "b"], [null, "x"]];
    for (const values of columns) {
      for (const calc of CALCS) {
        expect(knownCalc(calc)).toBe(true);
        const field: Field = { name: "x", type, values, config: {} };
        const expected: unknown = oracle.reduceField({ field: oracleField(field), reducers: [calc] })[calc] ?? null;
        const found = reduceField(field, calc);
        // Of sorted NaN nothing can be said; neither of medians of text.
        const sortsNaN = /^(p\d+|median|variance|stdDev)$/.test(calc) && (type === "string" || values.some((value) => Number.isNaN(value)));
        if (!sortsNaN && JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`${calc} of ${type} ${JSON.stringify(values)}: ${JSON.stringify(found)} | ${JSON.stringify(expected)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

const FRAMES: Frame[] = [
  { refId: "A", name: "cpu", length: 2, fields: [{ name: "Time", type: "time", values: [1, 2], config: {} }, { name: "Value", type: "number", labels: { host: "a", mode: "idle" }, values: [1, 2], config: {} }] },
  { refId: "B", length: 2, fields: [{ name: "Time", type: "time", values: [1, 2], config: {} }, { name: "Value", type: "number", labels: { host: "b", mode: "user" }, values: [0, 0], config: { displayNameFromDS: "legend b" } }] },
  { refId: "C", name: "disk", length: 1, fields: [{ name: "name", type: "string", values: ["sda"], config: {} }, { name: "used", type: "number", values: [300], config: {} }, { name: "used", type: "number", values: [5], config: { unit: "ms" } }] },
];
const MATCHERS: Override["matcher"][] = [
  { id: "byName", options: "legend b" }, { id: "byName", options: "used" }, { id: "byName", options: "used 2" }, { id: "byName", options: "cpu {host=\"a\", mode=\"idle\"}" }, { id: "byName", options: "Time" }, { id: "byName", options: "Value" },
  { id: "byRegexp", options: "/^leg.*/" }, { id: "byRegexp", options: "used.*" }, { id: "byType", options: "string" }, { id: "byTypes", options: new Set(["time"]) },
  { id: "byFrameRefID", options: "B" }, { id: "byNames", options: { mode: "exclude", names: ["used"], readOnly: true, prefix: "All except:" } }, { id: "byNames", options: { names: ["name", "legend b"] } },
  { id: "byRegexpOrNames", options: { pattern: "/us/", names: ["name"] } }, { id: "byValue", options: { reducer: "max", op: "gte", value: 2 } }, { id: "byValue", options: { reducer: "allIsZero", op: "gte", value: 0 } },
  { id: "numeric" }, { id: "time" }, { id: "first" }, { id: "firstTimeField" },
];

test("overrides reach the same columns and give the same names, ranges and series colours as the oracle's", () => {
  for (const matcher of MATCHERS) {
    const overrides = [{ matcher, properties: [{ id: "unit", value: "s" }, { id: "min", value: 1 }, { id: "color", value: { mode: "fixed", fixedColor: "red" } }] }];
    const defaults: FieldConfig = { unit: "bytes", decimals: 1, color: { mode: "palette-classic" } };
    const found = applyFieldConfig(FRAMES, { defaults, overrides }, (text) => text);
    FRAMES.forEach((frame, frameIndex) => {
      frame.fields.forEach((field, fieldIndex) => {
        const given = found[frameIndex]!.fields[fieldIndex]!;
        const originals = FRAMES.map(oracleFrame);
        const hit = oracle.fieldMatchers.get(matcher.id).get(matcher.options)(originals[frameIndex].fields[fieldIndex], originals[frameIndex], originals);
        expect([matcher, field.name, given.config.unit]).toEqual([matcher, field.name, hit ? "s" : (field.config.unit ?? "bytes")]);
        expect(given.state!.displayName).toBe(oracle.getFieldDisplayName(originals[frameIndex].fields[fieldIndex], originals[frameIndex], originals));
        expect(hex(rgb(seriesColor(given, "dark")))).toBe(oracle.getFieldSeriesColor(oracleField(given), oracleTheme.dark).color!.toLowerCase());
      });
    });
  }
});
