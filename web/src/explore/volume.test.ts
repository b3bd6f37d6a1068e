import { describe, expect, it } from "vitest";
import { barWidth, countsOfAnswer, countsOfLines, totals, volumeFrame } from "./volume";

describe("the width of a bar", () => {
  it.each([
    [3600, 60], // 45 s a bar, rounded up
    [80, 1],
    [86400 * 7, 14400], // 7560 s
  ])("%d seconds → %d", (seconds, width) => {
    expect(barWidth(0, seconds * 1000)).toBe(width);
  });
});

describe("counting lines by level", () => {
  const counts = countsOfAnswer([
    { metric: { level: "warn" }, values: [[60, "2"]] },
    { metric: { detected_level: "warning" }, values: [[60, "3"], [120, "1"]] },
    { metric: { level: "odd", detected_level: "error" }, values: [[120, "4"]] },
    { metric: {}, values: [[180, "7"]] },
  ]);

  it("adds up spellings of one level", () => {
    expect(totals(counts)).toEqual([{ level: "error", lines: 4 }, { level: "warning", lines: 6 }, { level: "unknown", lines: 7 }]);
  });

  it("makes a column for each level and zeros where nothing was logged", () => {
    const frame = volumeFrame(counts, 30_000, 130_000, 60);
    expect(frame.fields.map(({ name, values }) => [name, values])).toEqual([
      ["Time", [60_000, 120_000, 180_000]],
      ["unknown", [0, 0, 7]],
      ["warning", [5, 1, 0]],
      ["error", [0, 4, 0]],
    ]);
    expect(frame.length).toBe(3);
  });

  it("counts the lines that are here where the store cannot", () => {
    const line = (at: number) => ({ ns: "", at, line: "level=error", stream: {}, metadata: {}, parsed: {} });
    expect(countsOfLines([line(1), line(60_000), line(60_001)], 60).get("error")).toEqual(new Map([[60_000, 2], [120_000, 1]]));
  });
});
