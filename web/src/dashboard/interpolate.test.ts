import { describe, expect, test } from "vitest";
import { allVariables, filterOfText, filterText, interpolate, type Scope, variablesIn } from "./interpolate";
import { aVariable } from "./fixtures";
import type { Variable } from "./model";


function scope(...given: [Variable, string[]][]): Scope {
  return {
    choices: new Map(given.map(([variable, values]) => [variable.name, { variable, values, texts: values }])),
    fixed: {},
    range: { from: Date.UTC(2026, 10, 21, 10), to: Date.UTC(2026, 10, 21, 11) },
    timeZone: "utc",
    dashboard: { uid: "u", title: "Board" },
    user: "ada",
    interval_ms: 30_000,
    rateInterval_ms: 60_000,
  };
}

const multi = (options: string[]) => aVariable("host", { multi: true, includeAll: true, options: options.map((value) => ({ text: value, value })) });

describe("in PromQL", () => {
  test("one value of a plain variable stands as it is, with its backslashes doubled", () => {
    expect(interpolate('up{path="$p"}', scope([aVariable("p"), ["C:\\x.y"]]), "promql")).toBe('up{path="C:\\\\x.y"}');
  });
  test("several values become an expression that matches each of them literally", () => {
    expect(interpolate('up{h=~"$host"}', scope([multi([]), ["a.b", "c+d"]]), "promql")).toBe('up{h=~"(a\\\\.b|c\\\\+d)"}');
  });
  test("All is every option, or what its author wrote", () => {
    expect(interpolate("$host", scope([multi(["a", "b"]), ["$__all"]]), "promql")).toBe("(a|b)");
    expect(interpolate("$host", scope([{ ...multi(["a", "b"]), allValue: ".*" }, ["$__all"]]), "promql")).toBe(".*");
  });
  test("the macros of time are filled in", () => {
    expect(interpolate("rate(x[$__rate_interval]) [${__interval}] $__interval_ms [$__range] ${__range_s} $__auto", scope(), "promql")).toBe("rate(x[1m]) [30s] 30000 [1h] 3600 30s");
  });
  test("names that nothing has stay", () => {
    expect(interpolate("$nobody ${nobody:csv} [[nobody]]", scope(), "promql")).toBe("$nobody ${nobody:csv} [[nobody]]");
  });
});

test.each([
  ["csv", "a,b"],
  ["pipe", "a|b"],
  ["json", '["a","b"]'],
  ["regex", "(a|b)"],
  ["glob", "{a,b}"],
  ["singlequote", "'a','b'"],
  ["doublequote", '"a","b"'],
  ["sqlstring", "'a','b'"],
  ["percentencode", "%7Ba%2Cb%7D"],
  ["queryparam", "var-host=a&var-host=b"],
  ["text", "a + b"],
  ["lucene", '("a" OR "b")'],
  ["join:;", "a;b"],
  ["raw", "{a,b}"],
])("the format %s gives %s", (format, wanted) => {
  expect(interpolate(`\${host:${format}}`, scope([multi([]), ["a", "b"]]), "text")).toBe(wanted);
});

test("times have formats", () => {
  const given = "${__from:date} ${__to:date:seconds} ${__from:date:YYYY-MM-DD HH:mm} $__from";
  expect(interpolate(given, scope(), "text")).toBe("2026-11-21T10:00:00.000Z 1795258800 2026-11-21 10:00 1795255200000");
});

test("what belongs to a value is found by its path, and encoded inside addresses", () => {
  const more = { __data: { fields: { "host name": { text: "a b", numeric: 1 } } }, __field: { name: "cpu", labels: { job: "x/y" } }, __value: { raw: 5 } };
  expect(interpolate('${__data.fields["host name"]} ${__field.labels.job} ${__value.raw}', { ...scope(), more }, "text")).toBe("a b x/y 5");
  expect(interpolate("/d/x?h=${__data.fields[host name]}&j=${__field.labels.job}", { ...scope(), more }, "url")).toBe("/d/x?h=a%20b&j=x%2Fy");
});

test("a repeat's value wins over the choice", () => {
  expect(interpolate("$host", { ...scope([multi(["a", "b"]), ["$__all"]]), fixed: { host: ["b"] } }, "promql")).toBe("b");
});

test("all choices stand in an address, and ad hoc filters in one of their own", () => {
  const filter = { label: "a|b", operator: "=~" as const, value: "c" };
  const given = scope([multi(["a"]), ["a"]], [aVariable("f", { type: "adhoc", filters: [filter] }), []]);
  expect(allVariables(given)).toBe(`var-host=a&var-f=${encodeURIComponent("a__gfp__b|=~|c")}`);
  expect(filterOfText(filterText(filter))).toEqual(filter);
  expect(filterOfText("nonsense")).toBeNull();
});

test("the names in a text are found in all spellings", () => {
  expect(variablesIn("$a ${b:csv} [[c]] ${d.e}")).toEqual(["a", "b", "c", "d"]);
});
