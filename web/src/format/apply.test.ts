import { describe, expect, test } from "vitest";

import type { Override } from "../dashboard/model";
import type { Field, FieldConfig, Frame } from "../frame/frame";
import { applyFieldConfig, overrideLosses } from "./apply";
import { display, seriesColor, whole } from "./display";

function frame(config: FieldConfig = {}, values: unknown[] = [1, 5]): Frame {
  return { refId: "A", length: values.length, fields: [{ name: "Value", type: "number", values, labels: { host: "h1" }, config }] };
}

function applied(defaults: FieldConfig, overrides: Override[] = [], given = frame(), type?: string): Field {
  return applyFieldConfig([given], { defaults, overrides }, (text, scoped) => text.replace("${__field.labels.host}", (scoped?.__field as { labels: Record<string, string> }).labels.host!), type)[0]!.fields[0]!;
}

describe("applyFieldConfig", () => {
  test("does not change what it is given", () => {
    const given = frame({ custom: { lineWidth: 2 } });
    const before = JSON.stringify(given);
    applied({ unit: "s", custom: { fillOpacity: 10 } }, [{ matcher: { id: "byType", options: "number" }, properties: [{ id: "custom.stacking.mode", value: "normal" }, { id: "unit", value: "ms" }] }], given);
    expect(JSON.stringify(given)).toBe(before);
  });

  test("the source wins over defaults, overrides over both, and custom is merged key by key", () => {
    const { config } = applied({ unit: "s", decimals: 1, custom: { fillOpacity: 10, lineWidth: 1 } }, [{ matcher: { id: "byType", options: "number" }, properties: [{ id: "custom.stacking", value: { mode: "normal" } }, { id: "decimals", value: 3 }] }], frame({ unit: "bytes", custom: { lineWidth: 5 } }));
    expect([config.unit, config.decimals, config.custom]).toEqual(["bytes", 3, { fillOpacity: 10, lineWidth: 5, stacking: { mode: "normal" } }]);
  });

  test("an override without a value takes the default away", () => {
    expect(applied({ unit: "s", min: 0 }, [{ matcher: { id: "byType", options: "number" }, properties: [{ id: "unit" }, { id: "min", value: null }] }]).config).not.toHaveProperty("unit");
  });

  test("mappings of an override come before those that were there", () => {
    const first = { type: "value", options: { "1": { text: "default" }, "5": { text: "five" } } };
    const field = applied({ mappings: [first as never] }, [{ matcher: { id: "byType", options: "number" }, properties: [{ id: "mappings", value: [{ type: "value", options: { "1": { text: "own" } } }] }] }]);
    const write = display(field, "dark", "utc");
    expect([whole(write(1)), whole(write(5))]).toEqual(["own", "five"]);
  });

  test("variables are filled into names, and into bounds that come as text", () => {
    const field = applied({ displayName: "load of ${__field.labels.host}", max: "80" as never, min: "" as never });
    expect([field.state!.displayName, field.config.max, field.config.min]).toEqual(["load of h1", 80, undefined]);
  });

  test("a path through a prototype changes nothing", () => {
    for (const id of ["__proto__.polluted", "constructor.prototype.polluted", "custom.__proto__.polluted"]) applied({}, [{ matcher: { id: "byType", options: "number" }, properties: [{ id, value: true }] }]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("all columns share one range, unless a column wants its own", () => {
    const two: Frame = { refId: "A", length: 2, fields: [{ name: "a", type: "number", values: [1, 5], config: {} }, { name: "b", type: "number", values: [-2, 50], config: { fieldMinMax: true } }, { name: "c", type: "number", values: [7, 8], config: { fieldMinMax: true, max: 9 } }] };
    expect(applyFieldConfig([two], { defaults: {}, overrides: [] }, (text) => text)[0]!.fields.map((field) => field.state!.range)).toEqual([{ min: -2, max: 50 }, { min: -2, max: 50 }, { min: 7, max: 9 }]);
  });

  test("a type brings its colours and thresholds only where the dashboard has none", () => {
    expect(seriesColor(applied({}, [], frame({}, [90]), "stat"), "dark")).toBe("#F2495C");
    expect(seriesColor(applied({}, [], frame({}, [10]), "stat"), "dark")).toBe("#73BF69");
    expect(applied({}, [], frame(), "timeseries").config.color).toEqual({ mode: "palette-classic" });
    expect(applied({ color: { mode: "fixed", fixedColor: "blue" } }, [], frame(), "timeseries").config.color).toEqual({ mode: "fixed", fixedColor: "blue" });
    expect(applied({ thresholds: { mode: "absolute", steps: [] } }, [], frame(), "stat").config.thresholds!.steps).toEqual([]);
  });

  test("what is malformed is left out", () => {
    const overrides = [{ matcher: undefined, properties: [{ id: "unit", value: "s" }] }, { matcher: { id: "byType", options: "number" } }, { matcher: { id: "byType", options: "number" }, properties: [null, { value: 1 }] }, { matcher: { id: "byMoon" }, properties: [] }] as unknown as Override[];
    expect(applied({ unit: "ms" }, overrides).config.unit).toBe("ms");
    expect(overrideLosses({ defaults: {}, overrides })).toHaveLength(2);
  });
});
