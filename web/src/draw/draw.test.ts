import { describe, expect, test } from "vitest";

import { applyFieldConfig } from "../format/apply";
import type { Field, Frame } from "../frame/frame";
import { align, connected, withGaps } from "./align";
import { scaleOptions, tickTexts } from "./axes";
import { legendOptions, legendSpace, nextHidden } from "./Legend";
import { plan, thresholdValues } from "./plan";
import { stack } from "./stack";
import { stepsFor, tickLabels, tickPattern, timeTicks } from "./ticks";
import { rowsAt, tooltipOptions } from "./tooltip";

function series(name: string, times: number[], values: (number | null)[], custom: Record<string, unknown> = {}, unit?: string): Frame {
  return { refId: "A", length: times.length, fields: [{ name: "Time", type: "time", values: times, config: {} }, { name, type: "number", values, config: { custom, unit } }] };
}

describe("align", () => {
  test("shares the times of series that have the same ones, without copying", () => {
    const values = [1, null, 3];
    const found = align([series("a", [1, 2, 3], values), series("b", [1, 2, 3], [4, 5, 6])], true, () => true);
    expect(found.x).toEqual([1, 2, 3]);
    expect(found.columns[0]!.values).toBe(values);
  });

  test("joins different times: null stays a gap, undefined is not measured", () => {
    const found = align([series("a", [1, 3], [1, null]), series("b", [2, 3], [5, 6])], true, () => true);
    expect([found.x, ...found.columns.map((column) => column.values)]).toEqual([[1, 2, 3], [1, undefined, null], [undefined, 5, 6]]);
  });

  test("sorts times that run backwards, and makes gaps of what is not finite", () => {
    const found = align([series("a", [3, 1, 2], [30, Infinity, NaN])], true, () => true);
    expect([found.x, found.columns[0]!.values]).toEqual([[1, 2, 3], [null, null, 30]]);
  });

  test("closes gaps up to a length, and opens those that are too long", () => {
    expect(connected([0, 1, 2, 10, 20], [1, null, 2, null, 3], 5)).toEqual([1, undefined, 2, null, 3]);
    expect(connected([0, 1, 2], [1, null, 2], Infinity)).toEqual([1, undefined, 2]);
    expect(withGaps([0, 10, 100], [1, 2, 3], 20)).toEqual({ x: [0, 10, 30, 100], values: [1, 2, null, 3] });
  });
});

describe("stack", () => {
  test("puts values on each other and lets gaps count as zero for those above", () => {
    const found = stack([{ values: [1, 2, null], group: "g", percent: false }, { values: [10, null, 30], group: "g", percent: false }]);
    expect(found.map(({ values, below }) => [values, below])).toEqual([[[1, 2, null], null], [[11, null, 30], 0]]);
    expect(found[1]!.base).toEqual([1, 2, 0]);
  });

  test("stacks what is negative downwards on its own", () => {
    const found = stack([[1, 1], [-2, -2], [3, 3], [-4, -4]].map((values) => ({ values, group: "g", percent: false })));
    expect(found.map((each) => each.values)).toEqual([[1, 1], [-2, -2], [4, 4], [-6, -6]]);
  });

  test("gives shares of the whole, and nothing where there is nothing", () => {
    const found = stack([{ values: [1, 0], group: "g", percent: true }, { values: [3, 0], group: "g", percent: true }]);
    expect(found.map((each) => each.values)).toEqual([[0.25, 0], [1, 0]]);
  });
});

describe("ticks", () => {
  test("bytes step by powers of two, times by spans people use", () => {
    expect(stepsFor("bytes").filter((step) => step >= 1).slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]);
    expect(stepsFor("s").filter((step) => step >= 60 && step <= 3600)).toEqual([60, 120, 300, 600, 900, 1800, 3600]);
    expect(stepsFor("ms").filter((step) => step >= 60_000 && step <= 300_000)).toEqual([60_000, 120_000, 300_000]);
    expect(stepsFor("short").filter((step) => step >= 1 && step <= 10)).toEqual([1, 2, 2.5, 5, 10]);
  });

  test("days begin at midnight of the zone, also on the day the clocks change", () => {
    const day = 86_400_000;
    const found = timeTicks(Date.UTC(2026, 2, 28), Date.UTC(2026, 2, 31), day, "Europe/Berlin");
    // Berlin goes from UTC+1 to UTC+2 on 29 March 2026 at 01:00 UTC.
    expect(found.map((time) => new Date(time).toISOString())).toEqual(["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z", "2026-03-30T22:00:00.000Z"]);
    expect(tickLabels(found, day, 3 * day, "Europe/Berlin")).toEqual(["03/29", "03/30", "03/31"]);
  });

  test("months follow the calendar, weeks begin on Monday", () => {
    const found = timeTicks(Date.UTC(2026, 0, 15), Date.UTC(2026, 5, 15), 30 * 86_400_000, "utc");
    expect(found.map((time) => new Date(time).toISOString().slice(0, 10))).toEqual(["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]);
    expect(timeTicks(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 20), 7 * 86_400_000, "utc").map((time) => new Date(time).getUTCDay())).toEqual([1, 1, 1]);
  });

  test("labels tell no more than needed", () => {
    expect([tickPattern(500, 5000), tickPattern(60_000, 3_600_000), tickPattern(3_600_000, 3 * 86_400_000), tickPattern(86_400_000, 7 * 86_400_000)]).toEqual(["HH:mm:ss.SSS", "HH:mm", "MM/DD HH:mm", "MM/DD"]);
  });

  test("values on axes have as many decimals as tell them apart", () => {
    const field = (unit?: string, decimals?: number): Field => ({ name: "v", type: "number", values: [], config: { unit, decimals } });
    expect(tickTexts(field(), [0, 0.25, 0.5, 1], false, "utc")).toEqual(["0", "0.25", "0.5", "1"]);
    expect(tickTexts(field("bytes"), [0, 2 ** 29, 2 ** 30, 1.5 * 2 ** 30], false, "utc")).toEqual(["0 B", "512 MiB", "1 GiB", "1.5 GiB"]);
    expect(tickTexts(field("percentunit"), [0, 0.05, 0.1], false, "utc")).toEqual(["0%", "5%", "10%"]);
    expect(tickTexts(field("short", 2), [0, 1000], false, "utc")).toEqual(["0.00", "1.00 K"]);
    expect(tickTexts(field("s"), [0, 1800, 3600, 5400], false, "utc")).toEqual(["0 s", "30 mins", "1 hour", "1.5 hours"]);
  });
});

describe("plan", () => {
  const configured = (frames: Frame[]): Frame[] => applyFieldConfig(frames, { defaults: {}, overrides: [] }, (text) => text);

  test("lines of one unit share a scale; the second scale goes to the right", () => {
    const found = plan(configured([series("a", [1], [1], {}, "bytes"), series("b", [1], [2], {}, "s"), series("c", [1], [3], {}, "bytes")]), { theme: "dark", hidden: new Set() });
    expect(found.lines.map((line) => line.scale === found.lines[0]!.scale)).toEqual([true, false, true]);
    expect(found.scales.map((scale) => scale.side)).toEqual(["left", "right"]);
  });

  test("negative Y turns what is drawn, not what is told", () => {
    const [line] = plan(configured([series("a", [1, 2], [5, null], { transform: "negative-Y" })]), { theme: "dark", hidden: new Set() }).lines;
    expect([line!.values, line!.raw]).toEqual([[-5, null], [5, null]]);
  });

  test("a hidden line takes no part in stacking", () => {
    const custom = { stacking: { mode: "normal", group: "A" } };
    const frames = configured([series("a", [1], [1], custom), series("b", [1], [2], custom), series("c", [1], [3], custom)]);
    expect(plan(frames, { theme: "dark", hidden: new Set() }).lines.map((line) => line.values[0])).toEqual([1, 3, 6]);
    expect(plan(frames, { theme: "dark", hidden: new Set(["b"]) }).lines.map((line) => line.values[0])).toEqual([1, 2, 4]);
  });

  test("shares that are all zero reach to 100 %, others as far as they go", () => {
    const rangeOf = (values: number[]) => {
      const [scale] = plan(configured([series("a", [1, 2], values, {}, "percentunit")]), { theme: "dark", hidden: new Set() }).scales;
      const { range } = scaleOptions(scale!) as { range: (u: unknown, min: number, max: number) => [number, number] };
      return range(null, Math.min(...values), Math.max(...values));
    };
    expect(rangeOf([0, 0])).toEqual([0, 1]);
    expect(rangeOf([0, 0.02])[1]).toBeLessThan(0.05);
  });

  test("insertNulls breaks a line where measurements are missing", () => {
    const found = plan(configured([series("a", [0, 10, 100], [1, 2, 3], { insertNulls: 30 })]), { theme: "dark", hidden: new Set() });
    expect([found.x, found.lines[0]!.values]).toEqual([[0, 10, 40, 100], [1, 2, null, 3]]);
  });

  test("thresholds in percent stand at that share of the span", () => {
    expect(thresholdValues([{ value: null, color: "green" }, { value: 50, color: "red" }], true, 100, 300, "dark").map((step) => step.value)).toEqual([-Infinity, 200]);
  });
});

describe("legend", () => {
  test("a click keeps one alone, a second click brings all back, a modifier switches only one", () => {
    const names = ["a", "b", "c"];
    const alone = nextHidden(names, new Set(), "b", false);
    expect([...alone]).toEqual(["a", "c"]);
    expect([...nextHidden(names, alone, "b", false)]).toEqual([]);
    expect([...nextHidden(names, alone, "c", false)]).toEqual(["a", "b"]);
    expect([...nextHidden(names, new Set(["a"]), "b", true)]).toEqual(["a", "b"]);
    expect([...nextHidden(names, new Set(["a"]), "a", true)]).toEqual([]);
  });

  test("takes no room where it is hidden or the panel is too low", () => {
    const { lines } = plan([series("a", [1], [1])], { theme: "dark", hidden: new Set() });
    expect(legendSpace(lines, legendOptions({ showLegend: false }), 400, 300)).toEqual({ width: 0, height: 0 });
    expect(legendSpace(lines, legendOptions({}), 400, 80)).toEqual({ width: 0, height: 0 });
    expect(legendSpace(lines, legendOptions({}), 400, 300)).toEqual({ width: 400, height: 26 });
  });
});

describe("tooltip", () => {
  const { lines } = plan([series("a", [1], [5]), series("b", [1], [0]), series("c", [1], [9], { hideFrom: { tooltip: true } }), series("d", [1], [null])], { theme: "dark", hidden: new Set() });
  const names = (options: Record<string, unknown>, focused: number | null): string[] => rowsAt(lines, [0, 0, 0, 0, 0], focused, tooltipOptions(options), "dark", "utc").map((row) => row.name);

  test("tells one, all sorted, all but zeros, or nothing", () => {
    expect(names({ mode: "single" }, 0)).toEqual(["a"]);
    expect(names({ mode: "single" }, null)).toEqual([]);
    expect(names({ mode: "multi" }, 1)).toEqual(["a", "b"]);
    expect(names({ mode: "multi", sort: "asc" }, 0)).toEqual(["b", "a"]);
    expect(names({ mode: "multi", hideZeros: true }, 0)).toEqual(["a"]);
    expect(names({ mode: "none" }, 0)).toEqual([]);
  });
});
