import { describe, expect, test } from "vitest";

import type { RuleGroup } from "../ask/metrics";
import type { Panel } from "../dashboard/model";
import { applyFieldConfig } from "../format/apply";
import type { Field, Frame } from "../frame/frame";
import { alertEntries, labelFilter } from "./AlertList";
import { boxes } from "./boxes";
import { calculated, fromBuckets, milliseconds } from "./heatcells";
import { layered } from "./layers";
import { limits, segments, share } from "./limits";
import { contrast, cssColor, legible } from "../format/colors";
import { readyLinks, safeUrl } from "../format/links";
import { chosenDashboards } from "./Lists";
import { commonLabels, dedup, fieldsText, levelOf, logLines, pretty } from "./loglines";
import { PANELS } from "./registry";
import { sparkPath } from "./Sparkline";
import { legendEntries, stateRows } from "./statespans";
import { columnsOf, filterTest, rowPainter, shownRows, spread } from "./table/columns";
import { declarations, withoutForbidden } from "./textstyle";
import { reduceOptions, shownValues } from "./values";

function column(name: string, type: Field["type"], values: unknown[], rest: Partial<Field> = {}): Field {
  return { name, type, values, config: {}, ...rest };
}

function frame(fields: Field[], rest: Partial<Frame> = {}): Frame {
  return { refId: "A", fields, length: fields[0]?.values.length ?? 0, ...rest };
}

function panel(given: Partial<Panel>): Panel {
  return { key: "1", id: 1, type: "timeseries", title: "", description: "", place: { x: 0, y: 0, w: 1, h: 1 }, transparent: false, datasource: null, targets: [], transformations: [], fieldConfig: { defaults: {}, overrides: [] }, options: {}, links: [], scope: {}, losses: [], ...given };
}

describe("links", () => {
  test("only harmless schemes lead anywhere", () => {
    const bad = ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\u0001javascript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "", "  "];
    expect(bad.map(safeUrl)).toEqual(bad.map(() => undefined));
    expect(["/d/x?a=1", "https://example.org", "mailto:a@example.org", "d/x", "?var-a=b", "//example.org/x"].map(safeUrl)).toEqual(["/d/x?a=1", "https://example.org", "mailto:a@example.org", "d/x", "?var-a=b", "//example.org/x"]);
  });

  test("what a variable brings in is judged after it was filled in", () => {
    const field = column("x", "string", ["javascript:alert(1)", "/ok"]);
    const fill = (text: string, scoped?: Readonly<Record<string, any>>): string => text.replace("${__value.raw}", String(scoped?.__value.raw));
    const link = { title: "go", url: "${__value.raw}", targetBlank: true };
    expect(readyLinks([link], field, 0, "", fill)).toEqual([]);
    expect(readyLinks([link], field, 1, "", fill)).toEqual([{ title: "go", url: "/ok", target: "_blank" }]);
  });
});

describe("values", () => {
  const data = [frame([column("host", "string", ["a", "b"]), column("cpu", "number", [1, 3]), column("mem", "number", [10, null])])];
  const told = (options: Record<string, unknown>): unknown[] => shownValues(data, reduceOptions({ reduceOptions: options }), "dark", "utc").map((value) => [value.name, value.shown.text]);

  test("one per column and calc", () => {
    expect(told({})).toEqual([["cpu", "3"], ["mem", "10"]]);
    expect(told({ calcs: ["min", "count"] })).toEqual([["Min cpu", "1"], ["Count cpu", "2"], ["Min mem", "10"], ["Count mem", "1"]]);
  });

  test("one per row, named by the texts beside it", () => {
    expect(told({ values: true, fields: "cpu" })).toEqual([["a", "1"], ["b", "3"]]);
    expect(told({ values: true, limit: 3 })).toEqual([["a cpu", "1"], ["b cpu", "3"], ["a mem", "10"]]);
  });

  test("columns by name or expression", () => {
    expect(told({ fields: "/^m/" })).toEqual([["mem", "10"]]);
    expect(told({ fields: "host" })).toEqual([["host", "b"]]);
  });
});

describe("gauges", () => {
  test("span set bounds, else the data and zero", () => {
    const [configured] = applyFieldConfig([frame([column("v", "number", [20, 80])])], { defaults: {}, overrides: [] }, (text) => text);
    expect(limits(configured!.fields[0]!)).toEqual({ min: 0, max: 80 });
    expect(limits(column("v", "number", [], { config: { min: 5, max: 15 } }))).toEqual({ min: 5, max: 15 });
    expect([share(10, { min: 5, max: 15 }), share(99, { min: 5, max: 15 }), share(NaN, { min: 0, max: 1 })]).toEqual([0.5, 1, 0]);
  });

  test("thresholds become parts of the span", () => {
    const field = column("v", "number", [], { config: { thresholds: { mode: "absolute", steps: [{ value: null, color: "#000000" }, { value: 50, color: "#111111" }, { value: 500, color: "#222222" }] } } });
    expect(segments(field, { min: 0, max: 200 }, "dark")).toEqual([{ from: 0, to: 0.25, color: "#000000" }, { from: 0.25, to: 1, color: "#111111" }]);
  });

  test("boxes fill the panel without overlapping", () => {
    for (let count = 1; count < 30; count++) {
      const places = boxes(count, 600, 200, "auto");
      expect(places).toHaveLength(count);
      for (const [index, a] of places.entries()) {
        expect(a.left + a.width).toBeLessThanOrEqual(600.001);
        expect(a.top + a.height).toBeLessThanOrEqual(200.001);
        for (const b of places.slice(index + 1)) expect(a.left + a.width <= b.left + 0.001 || b.left + b.width <= a.left + 0.001 || a.top + a.height <= b.top + 0.001).toBe(true);
      }
    }
  });
});

test("a small line is broken where there are gaps", () => {
  expect(sparkPath([0, 1, 2, 3], [0, 10, null, 10], 30, 14, {}).line).toBe("M0.0,12.0L10.0,2.0M30.0,2.0");
  expect(sparkPath(undefined, [null, null], 30, 14, {}).line).toBe("");
});

describe("table", () => {
  const data = frame([column("n", "string", ["b10", "b9", "", "a"]), column("v", "number", [5, null, 7, 1])]);
  const columns = columnsOf(data, [data], "dark", "utc");

  test("sorts numbers in names as people do, empty cells last", () => {
    expect(shownRows(data, columns, new Map(), { column: 0, descending: false })).toEqual([3, 1, 0, 2]);
    expect(shownRows(data, columns, new Map(), { column: 1, descending: true })).toEqual([2, 0, 3, 1]);
  });

  test("filters by a part of the text or by a comparison", () => {
    expect(shownRows(data, columns, new Map([[0, "B"]]), null)).toEqual([0, 1]);
    expect(shownRows(data, columns, new Map([[1, ">= 5"], [0, "b"]]), null)).toEqual([0]);
    expect(filterTest("  ")).toBeUndefined();
    expect([filterTest("=a")!("a", "a"), filterTest("!=a")!("ab", "ab"), filterTest("<2")!("1", 1)]).toEqual([true, true, true]);
  });

  test("ten thousand rows keep their order where values are equal", () => {
    const big = frame([column("v", "number", Array.from({ length: 10_000 }, (_, row) => row % 3))]);
    const rows = shownRows(big, columnsOf(big, [big], "dark", "utc"), new Map(), { column: 0, descending: true });
    expect([rows[0], rows[1], rows.at(-2), rows.at(-1)]).toEqual([2, 5, 9996, 9999]);
  });

  test("what is left of the width goes to columns without one of their own", () => {
    const [a, b] = [{ ...columns[0]!, width: 100, fixed: true }, { ...columns[1]!, width: 100, fixed: false }];
    expect(spread([a, b], 500)).toEqual([100, 400]);
    expect(spread([a, b], 100)).toEqual([100, 100]);
  });
});

describe("logs", () => {
  test("levels come from labels, else from the text", () => {
    expect([levelOf({ detected_level: "ERROR" }, ""), levelOf({}, 'level=warn msg="x"'), levelOf({}, '{"severity":"INFO"}'), levelOf({}, "all fine")]).toEqual(["error", "warning", "info", "unknown"]);
  });

  test("lines that repeat are counted, only where they follow each other", () => {
    const lines = logLines([frame([column("Time", "time", [1, 2, 3, 4]), column("Line", "string", ["took 5 ms", "took 7 ms", "stop", "took 5 ms"])])]);
    expect(dedup(lines, "numbers").map((line) => [line.text, line.count])).toEqual([["took 5 ms", 2], ["stop", 1], ["took 5 ms", 1]]);
    expect(dedup(lines, "exact")).toHaveLength(4);
    expect(dedup(lines, "none")).toHaveLength(4);
  });

  test("labels that all lines share", () => {
    const lines = logLines([frame([column("labels", "other", [{ a: "1", b: "2" }, { a: "1", b: "3" }]), column("Line", "string", ["x", "y"])])]);
    expect(commonLabels(lines)).toEqual({ a: "1" });
    expect([pretty('{"a":1}'), pretty("{no")]).toEqual(['{\n  "a": 1\n}', "{no"]);
  });
});

describe("heatmap", () => {
  test("buckets are sorted by their bound, +Inf last", () => {
    const heat = fromBuckets([frame([column("Time", "time", [0, 10]), column("+Inf", "number", [1, 2]), column("0.5", "number", [3, null])])])!;
    expect(heat.rows).toEqual([{ label: "0.5", low: 0, high: 0.5 }, { label: "+Inf", low: 0.5, high: Infinity }]);
    expect([heat.x, heat.counts]).toEqual([[0, 10, 20], [[3, null], [1, 2]]]);
  });

  test("measurements are counted into cells", () => {
    const heat = calculated([frame([column("Time", "time", [0, 1, 10, 11]), column("v", "number", [1, 2, 1, 9])])], { xSize_ms: 10, xCount: null, ySize: 5, yCount: null, log: null })!;
    expect(heat.rows.map(({ low, high }) => [low, high])).toEqual([[0, 5], [5, 10]]);
    expect(heat.counts).toEqual([[2, 1], [null, 1]]);
    expect([milliseconds("5m"), milliseconds("250"), milliseconds("x")]).toEqual([300_000, 250, null]);
  });
});

test("states last until the next one, gaps end them, thresholds put numbers together", () => {
  const data = [frame([column("Time", "time", [0, 10, 20, 30]), column("s", "string", ["a", "a", null, "b"])])];
  const options = { merge: true, single: false, end: 40, theme: "dark", timeZone: "utc" } as const;
  const spans = (rows: ReturnType<typeof stateRows>): unknown[] => rows[0]!.spans.map((span) => [span.from, span.to, span.value]);
  expect(spans(stateRows(data, options))).toEqual([[0, 20, "a"], [30, 40, "b"]]);
  expect(spans(stateRows(data, { ...options, merge: false }))).toEqual([[0, 10, "a"], [10, 20, "a"], [30, 40, "b"]]);
  expect(legendEntries(stateRows(data, options)).map((entry) => entry.text)).toEqual(["a", "b"]);
  const numbers = [frame([column("Time", "time", [0, 10, 20]), column("v", "number", [1, 2, 90], { config: { color: { mode: "thresholds" }, thresholds: { mode: "absolute", steps: [{ value: null, color: "green" }, { value: 50, color: "red" }] } } })])];
  expect(spans(stateRows(numbers, options))).toEqual([[0, 20, 1], [20, 40, 90]]);
});

test("callers stand left of what they call, rings of calls end", () => {
  const places = layered(["a", "b", "c", "d"], [{ source: "a", target: "b" }, { source: "b", target: "c" }, { source: "a", target: "c" }, { source: "c", target: "b" }]);
  expect(places.get("a")!.layer).toBe(0);
  expect(places.get("b")!.layer).toBeLessThan(4);
  expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(4);
});

describe("lists", () => {
  const groups = [{ name: "g", file: "f", interval: 1, rules: [
    { name: "Down", type: "alerting", query: "", health: "ok", lastEvaluation: "", evaluationTime: 0, annotations: { summary: "s", runbook_url: "javascript:x" }, alerts: [{ labels: { alertname: "Down", job: "api" }, annotations: {}, state: "pending", value: "1" }, { labels: { alertname: "Down", job: "db" }, annotations: {}, state: "firing", value: "1" }] },
    { name: "Quiet", type: "alerting", query: "", health: "ok", lastEvaluation: "", evaluationTime: 0 },
    { name: "recorded", type: "recording", query: "", health: "ok", lastEvaluation: "", evaluationTime: 0 },
  ] }] as unknown as RuleGroup[];

  test("alerts: firing first, quiet rules only when asked for, no link that could run something", () => {
    expect(alertEntries(groups, {}).map((entry) => [entry.name, entry.state, entry.labels.job, entry.runbook])).toEqual([["Down", "firing", "db", undefined], ["Down", "pending", "api", undefined]]);
    expect(alertEntries(groups, { stateFilter: { firing: false, pending: false, inactive: true } }).map((entry) => entry.name)).toEqual(["Quiet"]);
    expect(alertEntries(groups, { alertInstanceLabelFilter: '{job=~"a.*"}' })).toHaveLength(1);
  });

  test("label filters know all four operators", () => {
    const labels = { a: "1", b: "xy" };
    expect(['{a="1"}', '{a!="1"}', '{b=~"x."}', '{b!~"x.", a="1"}', "{c=\"\"}"].map((text) => labelFilter(text)(labels))).toEqual([true, false, true, false, true]);
  });

  test("dashboards by text and tags", () => {
    const all = [{ title: "Node b", tags: ["x"] }, { title: "Node a", tags: ["x", "y"] }, { title: "Other", tags: ["x"] }].map((each, index) => ({ uid: String(index), description: "", folder: "", provisioned: true, updated_at: 0, ...each }));
    expect(chosenDashboards(all, { query: "node", tags: ["x"] }).map((each) => each.title)).toEqual(["Node a", "Node b"]);
    expect(chosenDashboards(all, { tags: ["y"] })).toHaveLength(1);
  });
});

describe("losses", () => {
  test("nothing is lost on a plain panel of any drawn type", () => {
    const lost = Object.entries(PANELS).filter(([type, { losses }]) => losses(panel({ type })).length > 0).map(([type]) => type);
    expect(lost).toEqual(["candlestick", "geomap", "canvas", "news", "flamegraph", "datagrid"]);
  });

  test("what is not drawn is named", () => {
    const given = panel({ type: "table", transformations: [{ id: "spatial", options: {} }], fieldConfig: { defaults: { custom: { cellOptions: { type: "geo" } } }, overrides: [{ matcher: { id: "byMoon", options: 1 }, properties: [] }] } });
    expect(PANELS.table!.losses(given)).toEqual(['Cells of the kind "geo" are shown as text.', 'The override by "byMoon" is left out.', 'The transformation "spatial" is left out.']);
  });
});

describe("style attributes of HTML texts", () => {
  test("keep what only changes a text's looks", () => {
    expect(declarations("color: red; text-align:center;font-size : 2em !important")).toEqual([["color", "red"], ["text-align", "center"], ["font-size", "2em"]]);
  });

  test("lose what could leave the panel, load or run something", () => {
    expect(declarations("position: fixed; top:0; z-index: 9; background: url(//x.example/a); margin: -100px; width: expression(alert(1)); content: 'x'; color: \\72 ed")).toEqual([]);
  });

  test("are renamed inside tags only", () => {
    expect(withoutForbidden('<b style="a: b" title="no style=here > x"> style=c <i STYLE = \'d\'>')).toBe('<b data-style="a: b" title="no style=here > x"> style=c <i data-style = \'d\'>');
    expect(withoutForbidden("<img src=x onerror=a() alt='onload=b'>")).toBe("<img src=x data-off=a() alt='onload=b'>");
  });
});

test("chosen fields of a log line stand instead of the whole; a line that has none of them stays whole", () => {
  const line = { id: "1", time: 0, text: "all of it", labels: { level: "warn", user: "ada" }, level: "warning" as const, count: 1 };
  expect(fieldsText(line, ["user", "missing", "level"])).toBe("user=ada level=warn");
  expect(fieldsText(line, ["user", "___LOG_LINE_BODY___"])).toBe("user=ada all of it");
  expect(fieldsText(line, ["missing"])).toBeNull();
  expect(fieldsText(line, [])).toBeNull();
});

test("a link may name the row's other columns by their number", () => {
  const column = (name: string, value: unknown): Field => ({ name, type: "string", values: [value], config: {} });
  const [pod, node] = [column("pod", "a-1"), column("node", "n7")];
  const linked = { ...pod, config: { links: [{ title: "", url: "/x/${__data.fields[1]}/${__data.fields.pod}" }] } } as Field;
  const asked: unknown[] = [];
  readyLinks(linked.config.links, linked, 0, "a-1", (text, scoped) => (asked.push(scoped), text), [linked, node]);
  expect((asked[0] as { __data: unknown }).__data).toEqual({ fields: { 0: "a-1", 1: "n7", pod: "a-1", node: "n7" } });
});

test("the first column that colours its whole row paints the others", () => {
  const column = (name: string, custom: object): Field => ({ name, type: "string", values: ["x"], config: { custom: { ...custom } } });
  const frame: Frame = { refId: "A", length: 1, fields: [column("a", {}), column("b", { cellOptions: { type: "color-text", applyToRow: true } }), column("c", { cellOptions: { type: "color-background", applyToRow: true } })] };
  expect(rowPainter(columnsOf(frame, [frame], "dark", "utc"))?.name).toBe("c");
});

test.each(["light", "dark"] as const)("small coloured text can be read on a %s page", (theme) => {
  for (const name of ["green", "red", "yellow", "orange", "blue", "purple", "text", "dark-red", "super-light-green"]) {
    expect(contrast(legible(cssColor(name, theme), theme), cssColor("panel-bg", theme)), name).toBeGreaterThanOrEqual(4.5);
  }
  expect(legible("#000000", "light")).toBe("#000000");
});
