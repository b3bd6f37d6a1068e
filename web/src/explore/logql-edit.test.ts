import { describe, expect, it } from "vitest";
import { isMetricQuery, streamSelector, volumeQuery, withLineFilter, withLogFilter } from "./logql-edit";

describe("filtering LogQL by a click", () => {
  it("puts a stream label into the selector", () => {
    expect(withLogFilter('{app="a"} |= "x"', { name: "pod", value: "p-1", keep: true, kind: "stream" })).toBe('{app="a", pod="p-1"} |= "x"');
  });

  it("turns an opposite matcher around", () => {
    expect(withLogFilter('{app="a", pod="p-1"}', { name: "pod", value: "p-1", keep: false, kind: "stream" })).toBe('{app="a", pod!="p-1"}');
  });

  it("puts everything else behind the pipeline", () => {
    expect(withLogFilter('{app="a"} | json', { name: "status", value: "500", keep: true, kind: "parsed" })).toBe('{app="a"} | json | status="500"');
    expect(withLogFilter('{app="a"}', { name: "trace_id", value: "ab", keep: false, kind: "metadata" })).toBe('{app="a"} | trace_id!="ab"');
  });

  it("adds the parser that a field of the line needs, once", () => {
    const filter = { name: "http.status", value: "500", keep: true, kind: "json" } as const;
    expect(withLogFilter('{app="a"}', filter)).toBe('{app="a"} | json | http_status="500"');
    expect(withLogFilter('{app="a"} | json', filter)).toBe('{app="a"} | json | http_status="500"');
  });

  it("replaces the same filter instead of stacking it", () => {
    expect(withLogFilter('{app="a"} | json | status="500"', { name: "status", value: "500", keep: false, kind: "parsed" })).toBe(
      '{app="a"} | json | status!="500"');
  });

  it("stays before the range of a metric query", () => {
    expect(withLogFilter('sum(rate({app="a"} | json [5m]))', { name: "x", value: "1", keep: true, kind: "parsed" })).toBe(
      'sum(rate({app="a"} | json | x="1" [5m]))');
    expect(withLogFilter('rate({app="a"}[5m])', { name: "x", value: "1", keep: true, kind: "metadata" })).toBe('rate({app="a"} | x="1"[5m])');
  });

  it("filters lines by their text", () => {
    expect(withLineFilter('{a="b"} | json', 'say "no"', false)).toBe('{a="b"} != "say \\"no\\"" | json');
  });
});

describe("counting lines by level", () => {
  it("wraps a log query", () => {
    expect(volumeQuery('{a="b"} |= "x"', 30)).toBe(
      'sum by (level, detected_level) (count_over_time({a="b"} |= "x" | drop __error__[30s]))');
  });

  it("leaves out comments, which would swallow the rest", () => {
    expect(volumeQuery('{a="b"} # all of it', 1)).toBe('sum by (level, detected_level) (count_over_time({a="b"} | drop __error__[1s]))');
  });

  it("has nothing to count in a metric query", () => {
    expect(isMetricQuery('rate({a="b"}[1m])')).toBe(true);
    expect(volumeQuery('rate({a="b"}[1m])', 30)).toBeNull();
  });

  it("names one stream", () => {
    expect(streamSelector({ app: "a", empty: "", path: 'C:\\x"' })).toBe('{app="a", path="C:\\\\x\\""}');
  });
});
