import { describe, expect, it } from "vitest";
import { readAddress, refIdOf, writeAddress } from "./address";
import { expectedAt } from "./logql-complete";

describe("the address of explore", () => {
  it("says nothing of what is as usual and reads back what it wrote", () => {
    const usual = readAddress(new URLSearchParams("q=up"));
    expect(writeAddress(usual).toString()).toBe("source=metrics&from=now-1h&to=now&q=up");
    const unusual = { ...usual, source: "logs", rows: [{ expr: "a", isOff: false }, { expr: 'b{x="&"}', isOff: true }], raw: { from: "1", to: "2" }, zone: "utc", step_s: 15, view: "raw", exemplars: true, newestFirst: false, wrap: false, dedup: "exact", limit: 5000 } as const;
    expect(readAddress(writeAddress(unusual))).toEqual(unusual);
  });

  it("understands links of the older page", () => {
    expect(readAddress(new URLSearchParams("source=logs&range=3600&query=%7Ba%3D%22b%22%7D"))).toMatchObject({
      source: "logs", rows: [{ expr: '{a="b"}', isOff: false }], raw: { from: "now-3600s", to: "now" },
    });
  });

  it("falls back where it is nonsense", () => {
    expect(readAddress(new URLSearchParams("source=x&limit=7&dedup=all&step=-3&view=3d"))).toMatchObject({ source: "metrics", limit: 500, dedup: "none", step_s: 0, view: "graph" });
  });

  it("names queries like columns of a sheet", () => {
    expect([0, 25, 26, 27, 51, 52].map(refIdOf)).toEqual(["A", "Z", "AA", "AB", "AZ", "BA"]);
  });
});

describe("what can come next in LogQL", () => {
  // ‸ is where the cursor stands
  const at = (text: string) => expectedAt(text.replace("‸", ""), text.indexOf("‸"));
  it.each([
    ["{‸", { kind: "label", from: 1, selector: "" }],
    ['{app="a", po‸', { kind: "label", from: 10, selector: '{app="a"}' }],
    ['{app="‸', { kind: "value", from: 6, label: "app", selector: "" }],
    ['{app="a", pod=~"p-‸', { kind: "value", from: 16, label: "pod", selector: '{app="a"}' }],
    ['{app="a"} | js‸', { kind: "stage", from: 12, selector: '{app="a"}' }],
    ['{app="a"} |= "x" |‸', { kind: "stage", from: 18, selector: '{app="a"}' }],
    ["‸", { kind: "function", from: 0 }],
    ["sum(ra‸", { kind: "function", from: 4 }],
    ['rate({a="b"}[‸', { kind: "range", from: 13 }],
    ['{app="a"} |= "some | te‸xt"', null],
    ['{app="a}‸', { kind: "value", from: 6, label: "app", selector: "" }],
    ["{app‸=", { kind: "label", from: 1, selector: "" }],
    ["# {‸", { kind: "function", from: 3 }],
  ])("%s", (text, expected) => {
    expect(at(text)).toEqual(expected);
  });
});
