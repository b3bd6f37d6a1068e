import { describe, expect, test } from "vitest";
import { durationMs, durationText, intervalMs, momentOfText, ownTimeName, panelRange, rangeName, resolveRange } from "./range";
import { clockOf, momentOf, parseMoment, written } from "./zone";

const NOW = Date.UTC(2026, 10, 21, 10, 30, 15); // a Saturday

describe("relative times", () => {
  test.each([
    ["now", "2026-11-21T10:30:15.000Z"],
    ["now-6h", "2026-11-21T04:30:15.000Z"],
    ["now-1d/d", "2026-11-20T00:00:00.000Z"],
    ["now/w", "2026-11-16T00:00:00.000Z"],
    ["now/M", "2026-11-01T00:00:00.000Z"],
    ["now/Q", "2026-10-01T00:00:00.000Z"],
    ["now-1M", "2026-10-21T10:30:15.000Z"],
    ["now/d+8h", "2026-11-21T08:00:00.000Z"],
    ["now-1y/y", "2025-01-01T00:00:00.000Z"],
  ])("%s begins at %s", (text, wanted) => {
    expect(new Date(momentOfText(text, NOW, "utc", false)).toISOString()).toBe(wanted);
  });

  test("a rounded end is the end of its day", () => {
    expect(new Date(momentOfText("now/d", NOW, "utc", true)).toISOString()).toBe("2026-11-21T23:59:59.999Z");
  });

  test("a month before the 31st is its last day", () => {
    expect(new Date(momentOfText("now-1M", Date.UTC(2026, 2, 31, 12), "utc", false)).toISOString()).toBe("2026-02-28T12:00:00.000Z");
  });

  test("days follow the clocks of the zone over their change", () => {
    // clocks went back in Berlin on 2026-10-25: a day before noon of that day has 25 hours
    const noon = momentOf({ year: 2026, month: 10, day: 25, hour: 12, minute: 0, second: 0 }, "Europe/Berlin");
    expect(noon - momentOfText("now-1d", noon, "Europe/Berlin", false)).toBe(25 * 3_600_000);
  });

  test("what is no time becomes the last six hours", () => {
    expect(resolveRange({ from: "yesterday", to: "now" }, NOW, "utc")).toEqual({ from: NOW - 6 * 3_600_000, to: NOW });
  });

  test("an end before its begin is turned around", () => {
    expect(resolveRange({ from: "2000000", to: "now-100y" }, NOW, "utc").from).toBeLessThan(NOW);
    expect(resolveRange({ from: String(NOW), to: String(NOW - 5) }, NOW, "utc")).toEqual({ from: NOW - 5, to: NOW });
  });
});

test("moments are written and read in the zone", () => {
  expect(written(NOW, "Asia/Tokyo")).toBe("2026-11-21 19:30:15");
  expect(parseMoment("2026-11-21 19:30:15", "Asia/Tokyo")).toBe(NOW);
  expect(parseMoment("2026-11-21T10:30:15Z", "Asia/Tokyo")).toBe(NOW);
  expect(parseMoment("soon", "utc")).toBeNaN();
  expect(clockOf(NOW, "utc").weekday).toBe(6);
});

test("durations are read and written", () => {
  expect(durationMs("1h30m")).toBe(5_400_000);
  expect(durationMs(">10s")).toBe(10_000);
  expect(durationMs("250ms")).toBe(250);
  expect(durationMs("15")).toBe(15_000);
  expect(durationMs("$__interval")).toBeUndefined();
  expect(durationText(90_000)).toBe("1m30s");
  expect(durationText(86_400_000)).toBe("1d");
  expect(durationText(500)).toBe("500ms");
});

test("steps are round and never shorter than asked for", () => {
  const hour = { from: 0, to: 3_600_000 };
  expect(intervalMs(hour, 1000, 15_000)).toBe(15_000);
  // 21600 s over 700 points are 30.9 s, which is nearer to 30 than to 60
  expect(intervalMs({ from: 0, to: 21_600_000 }, 700, 15_000)).toBe(30_000);
  expect(intervalMs({ from: 0, to: 604_800_000 }, 1000, 15_000)).toBe(600_000);
});

test("a panel's own time ends with the dashboard's and may be moved back", () => {
  expect(panelRange({ from: 0, to: NOW }, "1h", undefined, NOW, "utc")).toEqual({ from: NOW - 3_600_000, to: NOW });
  expect(panelRange({ from: NOW - 1000, to: NOW }, undefined, "1d", NOW, "utc")).toEqual({ from: NOW - 86_401_000, to: NOW - 86_400_000 });
});

test("ranges have names", () => {
  const describe_ = (time: number) => String(time);
  expect(rangeName({ from: "now-6h", to: "now" }, describe_, { from: 1, to: 2 })).toBe("Last 6 hours");
  expect(rangeName({ from: "now-45m", to: "now" }, describe_, { from: 1, to: 2 })).toBe("Last 45 minutes");
  expect(rangeName({ from: "1", to: "2" }, describe_, { from: 1, to: 2 })).toBe("1 to 2");
});

test.each([
  [undefined, undefined, ""],
  ["1d", undefined, "Last 1 day"],
  ["12h", "1w", "Last 12 hours, 1w earlier"],
  ["now/d", undefined, "Today so far"],
  [undefined, "-2h", "2h earlier"],
])("a panel's own time %s moved by %s reads %j", (timeFrom, timeShift, words) => {
  expect(ownTimeName(timeFrom, timeShift)).toBe(words);
});
