import { describe, expect, test } from "vitest";
import { fieldMatcher } from "../format/matchers";
import type { Panel } from "./model";
import { readDashboard } from "./normalise";
import { lossesOf } from "./prepare";

const panelOf = async (panel: object, more: object = {}): Promise<Panel> => (await readDashboard({ title: "t", panels: [{ id: 1, ...panel }], ...more })).rows[0]!.panels[0]!;
const property = (panel: Panel, matcher: string, id: string) => panel.fieldConfig.overrides.find((one) => one.matcher.options === matcher)?.properties.find((one) => one.id === id)?.value;

test("what is no dashboard is refused, and exports are unwrapped", async () => {
  await expect(readDashboard({ name: "x" })).rejects.toThrow("no Grafana dashboard");
  await expect(readDashboard([])).rejects.toThrow("no Grafana dashboard");
  expect((await readDashboard({ dashboard: { title: "inside", panels: [] }, meta: {} })).title).toBe("inside");
  expect((await readDashboard({ kind: "Dashboard", metadata: { name: "k8s-uid" }, spec: { title: "resource", panels: [] } })).uid).toBe("k8s-uid");
});

describe("rows", () => {
  const place = (y: number, x = 0) => ({ gridPos: { x, y, w: 12, h: 8 } });
  test("panels belong to the heading above them, and collapsed rows hold theirs", async () => {
    const board = await readDashboard({
      panels: [
        { id: 1, type: "stat", ...place(0) },
        { id: 2, type: "row", title: "Open", gridPos: { x: 0, y: 8, w: 24, h: 1 } },
        { id: 3, type: "stat", ...place(9) },
        { id: 4, type: "row", title: "Shut", collapsed: true, gridPos: { x: 0, y: 17, w: 24, h: 1 }, panels: [{ id: 5, type: "stat", ...place(18) }] },
      ],
    });
    expect(board.rows.map((row) => [row.title, row.collapsed, row.panels.map((panel) => [panel.key, panel.place.y])])).toEqual([
      ["", false, [["1", 0]]],
      ["Open", false, [["3", 0]]],
      ["Shut", true, [["5", 0]]],
    ]);
  });
  test("old rows share twelve columns", async () => {
    const board = await readDashboard({
      rows: [{ title: "R", showTitle: true, height: "380px", panels: [{ id: 1, type: "graph", span: 8 }, { id: 2, type: "graph", span: 6 }] }],
    });
    expect(board.rows[0]!.panels.map((panel) => panel.place)).toEqual([{ x: 0, y: 0, w: 16, h: 10 }, { x: 0, y: 10, w: 12, h: 10 }]);
    expect(board.rows[0]!.headless).toBeUndefined();
  });
  test("numbers that occur twice still make unique keys", async () => {
    const board = await readDashboard({ panels: [{ id: 1, type: "stat" }, { id: 1, type: "stat" }, { type: "stat" }] });
    expect(new Set(board.rows[0]!.panels.map((panel) => panel.key)).size).toBe(3);
  });
});

describe("an old graph", () => {
  test("becomes a time series with its lines, axes, legend and thresholds", async () => {
    const panel = await panelOf({
      type: "graph", fill: 3, linewidth: 2, stack: true, percentage: true, nullPointMode: "null as zero", steppedLine: true,
      yaxes: [{ format: "bytes", min: "0", logBase: 10, label: "size" }, { format: "ops" }],
      legend: { show: true, values: true, max: true, current: true, alignAsTable: true, rightSide: true, sort: "max", sortDesc: true },
      tooltip: { shared: true, sort: 2 },
      thresholds: [{ value: 80, op: "gt", colorMode: "critical", fill: true, line: true }],
    });
    expect(panel.type).toBe("timeseries");
    expect(panel.fieldConfig.defaults).toMatchObject({
      unit: "bytes", min: 0, thresholds: { mode: "absolute", steps: [{ value: null, color: "transparent" }, { value: 80, color: "red" }] },
      custom: { drawStyle: "line", lineWidth: 2, fillOpacity: 30, stacking: { mode: "percent" }, lineInterpolation: "stepAfter", nullsAsZero: true, axisLabel: "size", scaleDistribution: { type: "log", log: 10 }, thresholdsStyle: { mode: "line+area" } },
    });
    expect(panel.options).toMatchObject({ legend: { displayMode: "table", placement: "right", calcs: ["max", "lastNotNull"], sortBy: "Max", sortDesc: true }, tooltip: { mode: "multi", sort: "desc" } });
    expect(lossesOf(panel)).toEqual([]);
  });
  test("keeps its series overrides and colours", async () => {
    const panel = await panelOf({
      type: "graph", aliasColors: { up: "#111111" }, yaxes: [{ format: "short" }, { format: "s", min: 0 }],
      seriesOverrides: [{ alias: "/out.*/", transform: "negative-Y", yaxis: 2, fill: 0, dashes: true }, { alias: "x", sparkle: 1 }],
    });
    expect(property(panel, "up", "color")).toEqual({ mode: "fixed", fixedColor: "#111111" });
    expect(panel.fieldConfig.overrides[1]!.matcher).toEqual({ id: "byRegexp", options: "/out.*/" });
    expect(property(panel, "/out.*/", "custom.transform")).toBe("negative-Y");
    expect(property(panel, "/out.*/", "custom.axisPlacement")).toBe("right");
    expect(property(panel, "/out.*/", "unit")).toBe("s");
    expect(property(panel, "/out.*/", "custom.lineStyle")).toEqual({ fill: "dash", dash: [10, 10] });
    expect(panel.losses).toEqual(["the series override “sparkle” is not drawn"]);
  });
  test("of series or of a distribution becomes bars or a histogram", async () => {
    expect((await panelOf({ type: "graph", xaxis: { mode: "series", values: ["max"] } })).transformations).toEqual([{ id: "reduce", options: { mode: "seriesToRows", reducers: ["max"] } }]);
    expect((await panelOf({ type: "graph", xaxis: { mode: "histogram" } })).type).toBe("histogram");
  });
});

test("an old single value keeps its colours, mappings and calculation", async () => {
  const panel = await panelOf({
    type: "singlestat", format: "percent", valueName: "current", thresholds: "50,80", colors: ["green", "orange", "red"], colorBackground: true, sparkline: { show: true },
    mappingType: 1, valueMaps: [{ op: "=", value: "null", text: "none" }, { op: "=", value: "1", text: "up" }], prefix: "~",
  });
  expect(panel.type).toBe("stat");
  expect(panel.options).toMatchObject({ reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "background", graphMode: "area", prefix: "~" });
  expect(panel.fieldConfig.defaults.thresholds!.steps).toEqual([{ value: null, color: "green" }, { value: 50, color: "orange" }, { value: 80, color: "red" }]);
  expect(panel.fieldConfig.defaults.mappings).toEqual([
    { type: "special", options: { match: "null", result: { text: "none" } } },
    { type: "value", options: { 1: { text: "up" } } },
  ]);
  const gauge = await panelOf({ type: "singlestat", gauge: { show: true, minValue: 5, maxValue: 10 } });
  expect([gauge.type, gauge.fieldConfig.defaults.min, gauge.fieldConfig.defaults.max]).toEqual(["gauge", 5, 10]);
});

test("gauges of Grafana 6 move their options to the field config", async () => {
  const panel = await panelOf({ type: "gauge", options: { fieldOptions: { calcs: ["mean"], defaults: { unit: "s", max: 9, thresholds: { mode: "absolute", steps: [{ value: null, color: "blue" }] } } } } });
  expect(panel.fieldConfig.defaults).toMatchObject({ unit: "s", max: 9, thresholds: { steps: [{ value: null, color: "blue" }] } });
  expect(panel.options["reduceOptions"]).toMatchObject({ calcs: ["mean"] });
  const older = await panelOf({ type: "gauge", options: { valueOptions: { unit: "ms", stat: "avg" }, maxValue: 7, thresholds: [{ index: 1, value: 5, color: "red" }, { index: 0, value: null, color: "green" }] } });
  expect(older.fieldConfig.defaults).toMatchObject({ unit: "ms", max: 7, thresholds: { steps: [{ value: null, color: "green" }, { value: 5, color: "red" }] } });
});

test("an old table's styles become overrides, its last columns winning", async () => {
  const panel = await panelOf({
    type: "table-old", transform: "timeseries_aggregations", columns: [{ text: "Current", value: "current" }],
    styles: [
      { pattern: "Time", type: "hidden" },
      { pattern: "Current", type: "number", unit: "bytes", alias: "Now", colorMode: "cell", thresholds: ["1"], colors: ["green", "red"], link: true, linkUrl: "/d/x?h=$__cell_0&v=${__cell}" },
    ],
  });
  expect(panel.transformations[0]).toMatchObject({ id: "reduce", options: { reducers: ["lastNotNull"] } });
  expect(property(panel, "Time", "custom.hidden")).toBe(true);
  expect(property(panel, "Last *", "displayName")).toBe("Now");
  expect(property(panel, "Current", "custom.cellOptions")).toEqual({ type: "color-background" });
  expect(property(panel, "Current", "links")).toEqual([{ title: "", url: "/d/x?h=${__data.fields[0]}&v=${__value.raw}", targetBlank: false }]);
});

test("heatmaps, pies and texts of older days are converted", async () => {
  expect((await panelOf({ type: "heatmap", dataFormat: "tsbuckets", yAxis: { format: "s" }, color: { colorScheme: "interpolateBlues" } })).options).toMatchObject({ calculate: false, yAxis: { unit: "s" }, color: { scheme: "Blues" } });
  expect(await panelOf({ type: "grafana-piechart-panel", pieType: "donut", legendType: "Right side" })).toMatchObject({ type: "piechart", options: { pieType: "donut", legend: { placement: "right" } } });
  expect((await panelOf({ type: "text", mode: "html", content: "<b>x</b>" })).options).toMatchObject({ mode: "html", content: "<b>x</b>" });
});

describe("what cannot be drawn is named", () => {
  test.each([
    [{ type: "flant-statusmap-panel" }, "flant-statusmap-panel"],
    [{ type: "timeseries", datasource: { type: "influxdb", uid: "i" }, targets: [{ refId: "A", query: "x" }] }, "influxdb"],
    [{ type: "stat", targets: [{ refId: "B", datasource: { type: "__expr__", uid: "__expr__" }, type: "math" }] }, "math"],
    [{ type: "stat", libraryPanel: { name: "Shared" } }, "Shared"],
  ])("%j", async (panel, word) => {
    expect(lossesOf(await panelOf(panel)).join()).toContain(word);
  });
});

test("sources are found in every spelling", async () => {
  const { chooseSource } = await import("./sources");
  const board = await readDashboard({
    __inputs: [{ name: "DS_PROM", type: "datasource", pluginId: "prometheus" }, { name: "DS_X", type: "datasource", pluginId: "loki" }],
    templating: { list: [{ name: "ds", type: "datasource", query: "loki" }, { name: "prom", type: "datasource", query: "prometheus" }] },
    panels: [
      "${DS_PROM}", "$ds", "[[prom]]", { uid: "${DS_X}" }, { type: "loki", uid: "abc" }, null, "Prometheus", "My Loki", { uid: "-- Mixed --", type: "datasource" }, undefined,
    ].map((datasource, id) => ({ id, type: "stat", datasource, targets: [{ expr: "up" }], gridPos: { x: 0, y: id, w: 1, h: 1 } })),
  });
  const kinds = board.rows[0]!.panels.map((panel) => chooseSource(panel.targets[0]!, panel.datasource, board.variables).kind);
  expect(kinds).toEqual(["prometheus", "logs", "prometheus", "logs", "logs", "prometheus", "prometheus", "logs", "prometheus", "prometheus"]);
});

test("variables are read with their options and choices", async () => {
  const { variables, losses } = await readDashboard({
    panels: [],
    templating: {
      list: [
        { name: "c", type: "custom", query: "a, B : 2, x\\,y", current: { value: "2", text: "B" } },
        { name: "i", type: "interval", query: "1m,5m", auto: true, auto_count: 20, auto_min: "30s", current: { value: "$__auto_interval_i" } },
        { name: "k", type: "constant", query: "fixed" },
        { name: "q", type: "query", query: { query: "label_values(up, job)" }, multi: true, includeAll: true, current: { value: ["$__all"] }, refresh: 2, hide: 2 },
        { name: "f", type: "adhoc", filters: [{ key: "job", operator: "=~", value: "x" }] },
        { name: "z", type: "snapshot" },
      ],
    },
  });
  expect(variables.map((one) => [one.name, one.current, one.hide])).toEqual([["c", ["2"], "none"], ["i", ["$__auto"], "none"], ["k", ["fixed"], "all"], ["q", ["$__all"], "all"], ["f", [], "none"]]);
  expect(variables[0]!.options).toEqual([{ text: "a", value: "a" }, { text: "B", value: "2" }, { text: "x,y", value: "x,y" }]);
  expect(variables[1]!.auto).toEqual({ count: 20, min: "30s" });
  expect(variables[4]!.filters).toEqual([{ label: "job", operator: "=~", value: "x" }]);
  expect(losses).toEqual(["the variable “z” is of a type that is not known here: snapshot"]);
});

test("Grafana's second schema is read too", async () => {
  const element = (id: number, group: string) => ({
    kind: "Panel",
    spec: {
      id, title: `P${id}`,
      data: { kind: "QueryGroup", spec: { queries: [{ kind: "PanelQuery", spec: { refId: "A", hidden: false, query: { kind: "DataQuery", group: "prometheus", datasource: { name: "p" }, spec: { expr: "up" } } } }], transformations: [{ kind: "organize", spec: { id: "organize", options: {} } }], queryOptions: { interval: "1m" } } },
      vizConfig: { kind: "VizConfig", group, spec: { options: { a: 1 }, fieldConfig: { defaults: { unit: "s" }, overrides: [] } } },
    },
  });
  const item = (name: string, x: number, y: number, more: object = {}) => ({ kind: "GridLayoutItem", spec: { x, y, width: 12, height: 6, element: { kind: "ElementReference", name }, ...more } });
  const board = await readDashboard({
    apiVersion: "dashboard.grafana.app/v2beta1", kind: "Dashboard", metadata: { name: "two" },
    spec: {
      title: "Second", cursorSync: "Crosshair", timeSettings: { from: "now-2h", to: "now", autoRefresh: "1m", timezone: "utc" },
      variables: [{ kind: "QueryVariable", spec: { name: "job", refresh: "onTimeRangeChanged", sort: "numericalDesc", query: { kind: "DataQuery", group: "prometheus", spec: { query: "label_values(up, job)" } } } }],
      elements: { one: element(1, "timeseries"), two: element(2, "stat"), three: element(3, "gauge") },
      layout: {
        kind: "TabsLayout",
        spec: {
          tabs: [
            { kind: "TabsLayoutTab", spec: { title: "First", layout: { kind: "RowsLayout", spec: { rows: [{ kind: "RowsLayoutRow", spec: { title: "R", collapse: true, layout: { kind: "GridLayout", spec: { items: [item("one", 0, 0), item("two", 12, 0, { repeat: { mode: "variable", value: "job", direction: "v" } })] } } } }] } } } },
            { kind: "TabsLayoutTab", spec: { title: "Other", layout: { kind: "AutoGridLayout", spec: { maxColumnCount: 2, items: [{ kind: "AutoGridLayoutItem", spec: { element: { name: "three" } } }] } } } },
          ],
        },
      },
    },
  });
  expect(board).toMatchObject({ uid: "two", title: "Second", crosshair: "crosshair", time: { from: "now-2h" }, refresh_s: 60, timeZone: "utc" });
  expect(board.variables[0]).toMatchObject({ name: "job", refresh: "time", sort: 4, query: "label_values(up, job)" });
  expect(board.rows.map((row) => [row.title, row.tab, row.collapsed, row.panels.map((panel) => [panel.title, panel.type, panel.place])])).toEqual([
    ["R", "First", true, [["P1", "timeseries", { x: 0, y: 0, w: 12, h: 6 }], ["P2", "stat", { x: 12, y: 0, w: 12, h: 6 }]]],
    ["Other", "Other", false, [["P3", "gauge", { x: 0, y: 0, w: 12, h: 9 }]]],
  ]);
  const [first, second] = board.rows[0]!.panels;
  expect(first).toMatchObject({ interval: "1m", transformations: [{ id: "organize" }], fieldConfig: { defaults: { unit: "s" } }, targets: [{ refId: "A", query: { expr: "up" } }] });
  expect(second!.repeat).toEqual({ variable: "job", direction: "v", maxPerRow: 4 });
});

test("series that an old graph left out of its legend, because they are empty or zero, stay out of it", async () => {
  const panel = await panelOf({ type: "graph", legend: { show: true, hideEmpty: true, hideZero: true } });
  const out = { legend: true, tooltip: true, viz: false };
  expect(panel.fieldConfig.overrides.map(({ matcher, properties }) => [(matcher.options as { reducer: string }).reducer, properties[0]])).toEqual([
    ["allIsNull", { id: "custom.hideFrom", value: out }],
    ["allIsZero", { id: "custom.hideFrom", value: out }],
  ]);
  expect(fieldMatcher(panel.fieldConfig.overrides[1]!.matcher)!({ name: "a", type: "number", values: [0, 0], config: {} }, { refId: "A", length: 2, fields: [] }, [])).toBe(true);
  expect((await panelOf({ type: "graph", legend: { show: true } })).fieldConfig.overrides).toEqual([]);
});
