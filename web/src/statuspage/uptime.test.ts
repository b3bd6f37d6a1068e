import { expect, it } from "vitest";
import { certificateWords, dayWords, levelOfDay, percent } from "./uptime";

it.each([[1, "100 %"], [0.999999, "99.999 %"], [0.9995, "99.950 %"], [0.998, "99.80 %"], [0, "0.00 %"]])("%d is %s", (ratio, words) => {
  expect(percent(ratio)).toBe(words);
});

it.each([[1, "ok"], [0.999, "ok"], [0.99, "warning"], [0.9, "critical"], [null, "none"]] as const)("a day with %s is %s", (ratio, level) => {
  expect(levelOfDay(ratio)).toBe(level);
});

it("tells a day in words", () => {
  expect(dayWords({ day: "2026-11-21", ratio: 0.99 })).toBe("2026-11-21: 99.00 %, down for about 14 min");
  expect(dayWords({ day: "2026-11-21", ratio: null })).toBe("2026-11-21: not measured");
});

it.each([[86_400 * 30, "The certificate expires in 30 days.", false], [86_400, "The certificate expires in 1 day.", true], [3600, "The certificate expires within a day.", true], [-5, "The certificate has expired.", true]])("a certificate that has %d s left", (left, words, isSoon) => {
  expect(certificateWords(1000 + left, 1000)).toEqual({ words, isSoon });
});
