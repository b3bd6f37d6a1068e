import { describe, expect, it } from "vitest";
import type { Rule, RuleGroup } from "../ask/metrics";
import { ownRunbook } from "./AlertTabs";
import { countsByState, shownGroups, splitComparison, summaryOf } from "./rules";

const aRule = (name: string, more: Partial<Rule> = {}): Rule => ({
  name, query: "up == 0", health: "ok", type: "alerting", state: "inactive", lastEvaluation: "", evaluationTime: 0, ...more,
});
const groups: RuleGroup[] = [
  { name: "quiet", file: "a.yml", interval: 30, rules: [aRule("A", { labels: { severity: "critical" } }), aRule("job:up:sum", { type: "recording" })] },
  { name: "loud", file: "b.yml", interval: 30, rules: [aRule("B"), aRule("C", { state: "firing" }), aRule("D", { health: "err", lastError: "x" })] },
  { name: "meta", file: "c.yml", interval: 30, rules: [aRule("Watchdog", { state: "firing" })] },
];

describe("the list of rules", () => {
  const named = (text: string, ...states: Parameters<typeof shownGroups>[2] extends ReadonlySet<infer S> ? S[] : never) =>
    shownGroups(groups, text, new Set(states)).map(({ name, rules }) => [name, rules.map((rule) => rule.name)]);

  it("puts groups with trouble first, and what fires first inside each; the watchdog is no trouble", () => {
    expect(named("")).toEqual([["loud", ["C", "B", "D"]], ["quiet", ["A"]], ["meta", ["Watchdog"]]]);
  });

  it("finds every word somewhere in the rule", () => {
    expect(named("severity=critical up")).toEqual([["quiet", ["A"]]]);
    expect(named("severity=critical nothing")).toEqual([]);
  });

  it("keeps the states that are asked for", () => {
    expect(named("", "recording")).toEqual([["quiet", ["job:up:sum"]]]);
    expect(named("", "broken")).toEqual([["loud", ["D"]]]);
  });

  it("counts", () => {
    expect(countsByState(groups)).toEqual({ firing: 2, pending: 0, inactive: 2, broken: 1, recording: 1 });
  });
});

describe("what a rule compares", () => {
  it.each([
    ["rate(a[5m]) > 0.5", { expr: "rate(a[5m])", operator: ">", bound: 0.5 }],
    ["(a / b) <= 1e-3", { expr: "(a / b)", operator: "<=", bound: 0.001 }],
    ['sum(a{x=">"}) > 3', { expr: 'sum(a{x=">"})', operator: ">", bound: 3 }],
    ["a > 1 and b > 2", null],
    ["a > 1 > 2", null],
    ["up == 0", null],
    ["absent(up)", null],
    ["sum(a > 3)", null],
  ])("%s", (query, split) => {
    expect(splitComparison(query)).toEqual(split);
  });
});

it.each([
  ["HostDown", "HostDown"],
  ["/runbooks/HostDown", "HostDown"],
  ["http://127.0.0.1:23000/runbooks/HostDown.md#what", "HostDown"],
  ["https://example.org/wiki/HostDown", null],
  ["javascript:alert(1)//runbooks/x", null],
])("the runbook at %s is %s", (address, name) => {
  expect(ownRunbook(address)).toBe(name);
});

it("tells a rule's summary with what fires, else with the places named", () => {
  const rule = aRule("A", { annotations: { summary: "{{ $labels.mountpoint }} is {{ $value | humanizePercentage }} full" } });
  expect(summaryOf(rule)).toBe("‹mountpoint› is ‹value› full");
  expect(summaryOf({ ...rule, alerts: [{ labels: {}, annotations: { summary: "/ is 91% full" }, state: "firing", value: "1" }] })).toBe("/ is 91% full");
});
