import { describe, expect, it } from "vitest";
import type { ActiveAlert, Silence } from "../ask/alertmanager";
import { anchored, askedMatchers, matches, matchersOf, matchingAlerts, mistakeIn, printedMatcher, readDuration, readMatchers, sharedLabels, sortedSilences } from "./matching";

const is = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });
const like = (name: string, value: string) => ({ name, value, isRegex: true, isEqual: true });
const anAlert = (labels: Record<string, string>): ActiveAlert => ({
  fingerprint: "", labels, annotations: {}, startsAt: "", endsAt: "", updatedAt: "", receivers: [],
  status: { state: "active", silencedBy: [], inhibitedBy: [] },
});

describe("a matcher", () => {
  const labels = { alertname: "DiskFull", job: "node" };
  it.each([
    [is("job", "node"), true],
    [is("job", "nod"), false],
    [{ ...is("job", "node"), isEqual: false }, false],
    [like("job", "no.*"), true],
    [like("job", "od"), false], // anchored on both sides
    [like("job", "a|node"), true],
    [{ ...like("job", "a|b"), isEqual: false }, true],
    [is("missing", ""), true],
    [{ ...is("missing", "x"), isEqual: false }, true],
    [like("alertname", "(?i)diskfull"), true],
    [like("alertname", "diskfull"), false],
    [like("job", "(?P<x>node)"), true],
  ])("%j → %s", (matcher, expected) => {
    expect(matches(labels, matcher)).toBe(expected);
  });

  it("that is no expression matches nothing and is said so", () => {
    expect(anchored("a(")).toBeNull();
    expect(mistakeIn([like("job", "a(")])).toBe('job=~"a(" is not a valid regular expression.');
  });
});

describe("the preview", () => {
  const alerts = [anAlert({ alertname: "A", job: "x" }), anAlert({ alertname: "A", job: "y" }), anAlert({ alertname: "B", job: "x" })];
  it("shows the alerts that meet every matcher", () => {
    expect(matchingAlerts(alerts, [is("alertname", "A"), like("job", "x|z")])).toEqual([alerts[0]]);
  });

  it("knows what the alerts of a group have in common", () => {
    expect(sharedLabels(alerts.slice(0, 2))).toEqual({ alertname: "A" });
    expect(sharedLabels([])).toEqual({});
  });
});

describe("what Alertmanager would refuse", () => {
  it.each([
    [[], "A silence needs at least one matcher."],
    [[is("", "x")], "Each matcher needs the name of a label."],
    [[like("job", ".*")], "At least one matcher must ask for something: these also match an alert without any label."],
    [[is("job", "")], "At least one matcher must ask for something: these also match an alert without any label."],
    [[like("job", ".*"), is("a", "b")], ""],
  ])("%j", (matchers, mistake) => {
    expect(mistakeIn(matchers)).toBe(mistake);
  });
});

describe("matchers as text", () => {
  it("are read with and without braces and quotes", () => {
    expect(readMatchers('{alertname="Down, \\"now\\"", job=~a|b , pod!~"x"}')?.map(printedMatcher)).toEqual([
      'alertname="Down, \\"now\\""', 'job=~"a|b"', 'pod!~"x"',
    ]);
    expect(readMatchers("")).toEqual([]);
    expect(readMatchers("just words")).toBeNull();
  });

  it("come from a notification's link, or from labels as JSON; from anything else none", () => {
    expect(askedMatchers('{alertname="Disk \\"C:\\\\\\"",job="a\\tb"}')).toEqual([
      { name: "alertname", value: 'Disk "C:\\"', isRegex: false, isEqual: true },
      { name: "job", value: "a\tb", isRegex: false, isEqual: true },
    ]);
    expect(askedMatchers('{"alertname":"Down"}').map(printedMatcher)).toEqual(['alertname="Down"']);
    expect(askedMatchers("{}")).toEqual([]);
    expect(askedMatchers("what is this")).toEqual([]);
  });

  it("come from an alert's labels", () => {
    expect(matchersOf({ a: "b" }).map(printedMatcher)).toEqual(['a="b"']);
  });
});

it.each([["2h", 7200], ["1d 12h", 129600], ["90m", 5400], ["1w", 604800], ["", null], ["0h", null], ["2 hours", null], ["h", null]])("%j lasts %s seconds", (text, seconds) => {
  expect(readDuration(text)).toBe(seconds);
});

it("puts active silences first, by their end, and the latest of the expired before older ones", () => {
  const aSilence = (id: string, state: "active" | "pending" | "expired", day: number): Silence => ({
    id, matchers: [], startsAt: "", endsAt: `2026-01-0${day}T00:00:00Z`, createdBy: "", comment: "", status: { state },
  });
  const order = sortedSilences([aSilence("old", "expired", 1), aSilence("late", "active", 5), aSilence("new", "expired", 3), aSilence("next", "pending", 2), aSilence("soon", "active", 4)]);
  expect(order.map(({ id }) => id)).toEqual(["soon", "late", "next", "new", "old"]);
});
