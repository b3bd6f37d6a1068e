import { afterEach, expect, test, vi } from "vitest";
import { csvOf } from "./csv";
import { addFilter } from "./filtering";
import { aPanel, aRow, aVariable } from "./fixtures";
import type { Scope } from "./interpolate";
import { compacted, GAP_PX, inView, layOut } from "./layout";
import { boardLinkAddress, safeAddress } from "./links";
import type { Dashboard, Target } from "./model";
import { planPanel } from "./queries";
import { expand } from "./repeat";
import { Runner } from "./runner";

const HOUR = 3_600_000;
const scope: Scope = { choices: new Map(), fixed: {}, range: { from: 7 * HOUR + 7000, to: 8 * HOUR + 7000 }, timeZone: "utc", dashboard: { uid: "u", title: "B" }, user: "" };
const context = { scope, now: scope.range.to, width: 600, filtering: null, panels: [] };
const target = (query: object, refId = "A"): Target => ({ refId, datasource: null, hide: false, query: query as Target["query"] });

test("a range query has a round step, begins and ends on it, and knows its rates", () => {
  const plan = planPanel(aPanel("p", { targets: [target({ expr: "rate(x[$__rate_interval])" })] }), context);
  // 3600 s over 600 pixels are 6 s; Prometheus looks every 15 s; a rate needs four looks
  expect(plan.queries[0]!.asked).toEqual({ source: "prometheus", kind: "range", expr: "rate(x[1m])", start: 25_200, end: 28_800, step: 15 });
});

test("a query's own smallest step and the panel's points are kept to", () => {
  const asked = (query: object, more: object = {}) => planPanel(aPanel("p", { targets: [target(query)], ...more }), context).queries[0]!.asked;
  expect(asked({ expr: "x[$__interval]", interval: "2m" })).toMatchObject({ step: 120, expr: "x[2m]" });
  expect(asked({ expr: "x", intervalFactor: 2 })).toMatchObject({ step: 30 });
  // 3600 s over 30 points are 120 s
  expect(asked({ expr: "x" }, { maxDataPoints: 30 })).toMatchObject({ step: 120 });
  expect(asked({ expr: "x" }, { interval: "1m" })).toMatchObject({ step: 60 });
});

test("instant queries ask for the end, and both kinds for both", () => {
  const kinds = (query: object) => planPanel(aPanel("p", { targets: [target(query)] }), context).queries.map(({ asked }) => [asked.kind, asked.time]);
  expect(kinds({ expr: "x", instant: true })).toEqual([["instant", 28_807]]);
  expect(kinds({ expr: "x", instant: true, range: true })).toEqual([["instant", 28_807], ["range", undefined]]);
});

test("hidden and empty queries are not asked, and logs go to the log store", () => {
  const panel = aPanel("p", { datasource: { type: "loki", uid: "l" }, targets: [target({ expr: "" }), { ...target({ expr: "x" }, "B"), hide: true }, target({ expr: '{a="b"}', maxLines: 7 }, "C")] });
  expect(planPanel(panel, context).queries.map(({ refId, asked }) => [refId, asked.source, asked.limit, asked.direction])).toEqual([["C", "logs", 7, "backward"]]);
});

test("a panel may show another one's answers", () => {
  const other = aPanel("9", { id: 9, targets: [target({ expr: "up" })] });
  const panel = aPanel("p", { datasource: { type: "datasource", uid: "-- Dashboard --" }, targets: [target({ panelId: 9 })] });
  expect(planPanel(panel, { ...context, panels: [other, panel] }).queries[0]!.asked.expr).toBe("up");
});

test("ad hoc filters join every selector", () => {
  const filter = { label: "job", operator: "=~" as const, value: 'a"b' };
  expect(addFilter("prometheus", 'sum(rate(x{a="b"}[5m])) / up', filter)).toBe('sum(rate(x{a="b", job=~"a\\"b"}[5m])) / up{job=~"a\\"b"}');
  expect(addFilter("logs", 'sum(rate({a="}"} |= "{x}" [1m]))', filter)).toBe('sum(rate({a="}", job=~"a\\"b"} |= "{x}" [1m]))');
});

test("a repeated panel stands once for each value, and what is below it moves down", () => {
  const repeat = { variable: "host", direction: "h" as const, maxPerRow: 2 };
  const board = { rows: [aRow([aPanel("1", { repeat }), aPanel("2", { place: { x: 0, y: 8, w: 24, h: 4 } })])] } as unknown as Dashboard;
  const variable = aVariable("host", { multi: true, includeAll: true, options: ["a", "b", "c"].map((value) => ({ text: value, value })) });
  const choices = new Map([["host", { variable, values: ["$__all"], texts: ["All"] }]]);
  const [row] = expand(board, choices);
  expect(row!.panels.map((panel) => [panel.key, panel.scope["host"]?.[0], panel.place])).toEqual([
    ["1", "a", { x: 0, y: 0, w: 12, h: 8 }],
    ["1~b", "b", { x: 12, y: 0, w: 12, h: 8 }],
    ["1~c", "c", { x: 0, y: 8, w: 12, h: 8 }],
    ["2", undefined, { x: 0, y: 16, w: 24, h: 4 }],
  ]);
});

test("a repeated row repeats its panels with it", () => {
  const board = { rows: [aRow([aPanel("1")], { title: "$host", repeat: "host" })] } as unknown as Dashboard;
  const choices = new Map([["host", { variable: aVariable("host", { multi: true }), values: ["a", "b"], texts: ["a", "b"] }]]);
  expect(expand(board, choices).map((row) => [row.key, row.scope!["host"], row.panels[0]!.key])).toEqual([["row-0", ["a"], "1"], ["row-0~b", ["b"], "1~b"]]);
});

test("panels fill gaps above them and never lie on each other", () => {
  const placed = compacted([aPanel("a", { place: { x: 0, y: 5, w: 12, h: 2 } }), aPanel("b", { place: { x: 6, y: 6, w: 12, h: 2 } }), aPanel("c", { place: { x: 18, y: 9, w: 6, h: 1 } })]);
  expect(placed.map(({ place }) => place.y)).toEqual([0, 2, 0]);
});

test("pixels follow from the grid; collapsed rows take only their heading; narrow screens have one column", () => {
  const rows = [aRow([aPanel("1")]), aRow([aPanel("2")], { key: "row-1", title: "Shut", collapsed: true })];
  const wide = layOut(rows, 1000, (row) => !row.collapsed);
  expect(wide.panels.map(({ rect }) => rect)).toEqual([{ x: 0, y: 0, width: 496, height: 8 * 38 - GAP_PX }]);
  expect(wide.headings.map(({ row, y, open }) => [row.title, y, open])).toEqual([["Shut", 304, false]]);
  expect(layOut(rows, 400, () => true).panels.map(({ rect }) => rect.width)).toEqual([400, 400]);
  expect(inView(wide, 0, 100)).toHaveLength(1);
  expect(inView(wide, 5000, 100)).toHaveLength(0);
});

test("addresses keep time and variables, and never run as scripts", () => {
  const choices = new Map([["host", { variable: aVariable("host"), values: ["a b"], texts: ["a b"] }]]);
  const link = { url: "/d/x", keepTime: true, includeVars: true };
  expect(boardLinkAddress(link, { ...scope, choices }, { from: "now-1h", to: "now" })).toBe("/d/x?from=now-1h&to=now&var-host=a%20b");
  expect(safeAddress("javascript:alert(1)")).toBe("#");
  expect(safeAddress(" java\nscript:alert(1)")).toBe("#");
  expect(safeAddress("data:text/html,x")).toBe("#");
  expect(safeAddress("https://example.org/?a=b:c")).toBe("https://example.org/?a=b:c");
});

test("series that share their times become columns, and nothing in a cell is calculated", () => {
  const field = (name: string, type: "time" | "number" | "string", values: unknown[]) => ({ name, type, values, config: {} });
  const times = field("Time", "time", [0, 1000]);
  expect(csvOf([{ refId: "A", length: 2, fields: [times, field("a", "number", [1, null])] }, { refId: "B", length: 2, fields: [times, field("=x", "string", ['say "hi"', "-1"])] }])).toBe(
    'Time,a,\'=x\r\n1970-01-01T00:00:00.000Z,1,"say ""hi"""\r\n1970-01-01T00:00:01.000Z,,-1\r\n',
  );
});

afterEach(() => vi.unstubAllGlobals());

/** A console that answers each query with as many series as its number says. */
function answering(delay_ms = 0) {
  const requests: { id: string; expr: string }[][] = [];
  const aborted: number[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path === "/api/session") return new Response(JSON.stringify({ user: "ada", token: "t" }));
    const number = requests.length;
    const { queries } = JSON.parse(String(init.body)) as { queries: { id: string; expr: string }[] };
    requests.push(queries);
    init.signal!.addEventListener("abort", () => aborted.push(number));
    await new Promise((resolve) => setTimeout(resolve, delay_ms));
    init.signal!.throwIfAborted();
    const lines = queries.map(({ id, expr }) => (expr === "bad" ? { id, status: 400, took_ms: 1, error: "parse error" } : { id, status: 200, took_ms: 1, body: { data: { resultType: "matrix", result: [{ metric: { e: expr }, values: [[25_200, "1"]] }] } } }));
    return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
  return { requests, aborted };
}

const planOf = (key: string, ...exprs: string[]) => planPanel(aPanel(key, { targets: exprs.map((expr, at) => target({ expr }, "ABC"[at])) }), context);
const done = (runner: Runner, key: string) => vi.waitFor(() => expect(runner.of(key)?.state).toBe("done"));

test("all panels are asked in one request, each question once", async () => {
  const { requests } = answering();
  const runner = new Runner();
  runner.run([planOf("1", "x", "y"), planOf("2", "x")]);
  await done(runner, "1");
  await done(runner, "2");
  expect(requests.map((queries) => queries.map((query) => query.expr))).toEqual([["x", "y"]]);
  expect(runner.of("1")!.frames.map((frame) => frame.refId)).toEqual(["A", "B"]);
  expect(runner.of("2")!.frames).toHaveLength(1);
  runner.run([planOf("1", "x", "y")]);
  expect(requests).toHaveLength(1);
  runner.run([planOf("1", "x", "y")], { again: true });
  await vi.waitFor(() => expect(requests).toHaveLength(2));
});

test("a query that fails is told in the source's words, and the others are shown", async () => {
  answering();
  const runner = new Runner();
  runner.run([planOf("1", "bad", "y")]);
  await done(runner, "1");
  expect(runner.of("1")).toMatchObject({ errors: ["parse error"], frames: [{ refId: "B" }] });
});

test("what nobody waits for any more is ended, and its answer is not shown", async () => {
  const { aborted, requests } = answering(400);
  const runner = new Runner();
  runner.run([planOf("1", "old")]);
  await vi.waitFor(() => expect(requests).toHaveLength(1));
  runner.run([planOf("1", "new")]);
  await done(runner, "1");
  expect(aborted).toEqual([0]);
  expect(runner.of("1")!.answers[0]!.expr).toBe("new");
});
