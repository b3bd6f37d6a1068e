import { expect, it } from "vitest";
import { alignedRange, stepFor, withoutMacros } from "./askRange";

it.each([[3_600_000, 10], [60_000, 1], [86_400_000, 300], [86_400_000 * 1000, 216_000]])("%d ms are asked for in steps of %d s", (span, step) => {
  expect(stepFor({ from: 0, to: span })).toBe(step);
});

it("asks on a grid so that a refresh moves no point", () => {
  expect(alignedRange({ from: 100_900, to: 161_200 }, 15)).toEqual({ start: 90, end: 150, step: 15 });
});

it("fills in what a query of a dashboard leaves to it, and nothing else", () => {
  expect(withoutMacros("rate(a[$__rate_interval]) + b[${__range}] + $job", { from: 0, to: 3_600_000 }, 30)).toBe("rate(a[120s]) + b[3600s] + $job");
});
