import { describe, expect, it } from "vitest";
import { hintsFor, metricsOf, withMatcher } from "./promql-edit";
import { unquoted } from "./quoting";

describe("adding a matcher to PromQL", () => {
  const job = { name: "job", op: "=", value: "api" } as const;

  it("gives a bare metric its braces", () => {
    expect(withMatcher("up", job)).toBe('up{job="api"}');
  });

  it("adds to what is there, also behind a comma at the end", () => {
    expect(withMatcher('up{instance="a:1",}', job)).toBe('up{instance="a:1", job="api"}');
  });

  it("reaches each selector of an expression and keeps everything else", () => {
    expect(withMatcher("sum by (job) (rate(a_total[5m])) / on() b{}", job)).toBe(
      'sum by (job) (rate(a_total{job="api"}[5m])) / on() b{job="api"}');
  });

  it("turns the opposite around and does not say the same twice", () => {
    expect(withMatcher('up{job!="api"}', job)).toBe('up{job="api"}');
    expect(withMatcher('up{job="api"}', job)).toBe('up{job="api"}');
    expect(withMatcher('up{job="web"}', { ...job, op: "!=" })).toBe('up{job="web", job!="api"}');
  });

  it("quotes values and names that need it", () => {
    expect(withMatcher("up", { name: "a.b", op: "=", value: 'say "hi"\\' })).toBe('up{"a.b"="say \\"hi\\"\\\\"}');
  });

  it("leaves a text without a selector alone", () => {
    expect(withMatcher("vector(1)", job)).toBe("vector(1)");
  });
});

describe("reading PromQL", () => {
  it("names each metric once", () => {
    expect(metricsOf("a / (a + rate(b_total[1m]))")).toEqual(["a", "b_total"]);
  });

  it("resolves the escapes of a literal", () => {
    expect(unquoted('"a\\"b\\\\c\\n"')).toBe('a"b\\c\n');
    expect(unquoted("`a\\b`")).toBe("a\\b");
  });
});

describe("hints", () => {
  it("ask for the rate of a counter", () => {
    expect(hintsFor('http_requests_total{job="a"}', { http_requests_total: "counter" }).map(({ expr }) => expr)).toEqual([
      'rate(http_requests_total{job="a"}[5m])',
    ]);
  });

  it("are silent where the rate is already taken, also through a subquery", () => {
    expect(hintsFor("sum(rate(a_total[5m]))", { a_total: "counter" })).toEqual([]);
    expect(hintsFor("max_over_time(a_total[5m:1m])", { a_total: "counter" })).toEqual([]);
  });

  it("make a percentile of buckets", () => {
    expect(hintsFor("lat_seconds_bucket", { lat_seconds: "histogram" })[0]?.expr).toBe(
      "histogram_quantile(0.95, sum by (le) (rate(lat_seconds_bucket[5m])))");
  });

  it("know the counters inside a histogram", () => {
    expect(hintsFor("lat_seconds_count", { lat_seconds: "histogram" })[0]?.expr).toBe("rate(lat_seconds_count[5m])");
  });

  it("trust the metadata more than the name", () => {
    expect(hintsFor("weird_total", { weird_total: "gauge" })).toEqual([]);
  });

  it("offer a sum where there are many series", () => {
    expect(hintsFor("up", { up: "gauge" }, 21)[0]?.expr).toBe("sum by (job) (up)");
    expect(hintsFor("sum by (x) (up)", { up: "gauge" }, 21)).toEqual([]);
    expect(hintsFor("up", { up: "gauge" }, 20)).toEqual([]);
  });
});
