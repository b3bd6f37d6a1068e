import { expect, it } from "vitest";
import { ago, bytes, count, cpu, duration, micros, number, sentence, when } from "./words";

it.each([[0, "0 B"], [999, "999 B"], [1536, "1.5 KB"], [50 * 2 ** 20, "50 MB"], [1000 * 2 ** 20, "1.0 GB"], [-2048, "−2.0 KB"], [null, "–"]])("%j bytes read %j", (value, text) => {
  expect(bytes(value)).toBe(text);
});

it.each([[0, "0 s"], [59.9, "59 s"], [60, "1 min"], [3600, "1 h"], [5400, "1 h 30 min"], [86400 * 3 + 7200, "3 d 2 h"], [86400 * 12 + 7200, "12 d"], [NaN, "–"]])("%d seconds read %j", (value, text) => {
  expect(duration(value)).toBe(text);
});

it.each([[0.25, "250 ns"], [340, "340 µs"], [12345, "12.3 ms"], [1_250_000, "1.25 s"], [125e6, "2 min 5 s"]])("%d microseconds read %j", (value, text) => {
  expect(micros(value)).toBe(text);
});

it.each([[0, "0"], [0.000123, "1.23e-4"], [12.3456, "12.35"], [1234567, "1.23 M"], [Infinity, "+∞"], [NaN, "NaN"]])("the sample %d reads %j", (value, text) => {
  expect(number(value)).toBe(text);
});

it("says how long ago, in percent of a core, and how many", () => {
  expect([ago(99_000, 100_000), ago(40_000, 100_000)]).toEqual(["just now", "1 min ago"]);
  expect([cpu(0.004), cpu(1.2), cpu(null)]).toEqual(["0.4 %", "120 %", "–"]);
  expect([count(1, "line"), count(2, "series", "series")]).toEqual(["1 line", "2 series"]);
  expect([sentence("cannot do it"), sentence("Done.")]).toEqual(["Cannot do it.", "Done."]);
});

it("takes Go's zero time for no time", () => {
  expect([when("0001-01-01T00:00:00Z"), when(""), when("1970-01-01T00:00:01Z")]).toEqual([null, null, 1000]);
});
