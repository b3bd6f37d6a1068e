/** What the gallery shows: one entry per look of a panel. */

import type { Override, Transformation } from "../../dashboard/model";
import type { FieldConfig, Frame } from "../../frame/frame";
import { buckets, column, frame, gappy, graphOfNodes, logs, series, states, table, wave } from "./samples";

export interface Case {
  title: string;
  type: string;
  frames: () => Frame[];
  options?: Readonly<Record<string, unknown>>;
  defaults?: FieldConfig;
  overrides?: Override[];
  transformations?: Transformation[];
  size?: [width: number, height: number];
  annotated?: boolean;
}

const PALETTE = { mode: "palette-classic" };
const STEPS = [{ value: null, color: "green" }, { value: 60, color: "orange" }, { value: 90, color: "red" }];
const multi = { mode: "multi", sort: "desc" };
const override = (name: string, ...properties: Override["properties"]): Override => ({ matcher: { id: "byName", options: name }, properties });

const GRAPHS: Case[] = [
  { title: "Lines", type: "timeseries", frames: () => series(3, 40, 12), defaults: { color: PALETTE, unit: "percent", custom: { fillOpacity: 10, lineWidth: 1 } }, options: { tooltip: multi, legend: { displayMode: "list", placement: "bottom", calcs: [] } }, annotated: true },
  { title: "Stacked bytes, table legend", type: "timeseries", frames: () => series(4, 3e9, 8e8), defaults: { color: PALETTE, unit: "bytes", custom: { fillOpacity: 40, stacking: { mode: "normal", group: "A" } } }, options: { legend: { displayMode: "table", placement: "bottom", calcs: ["min", "mean", "max", "lastNotNull"], sortBy: "Mean", sortDesc: true } } },
  { title: "Stacked to 100 %", type: "timeseries", frames: () => series(4, 30, 10), defaults: { color: PALETTE, custom: { fillOpacity: 70, lineWidth: 0, stacking: { mode: "percent" } } } },
  { title: "In and out, negative Y", type: "timeseries", frames: () => series(2, 2e6, 9e5, "eth"), defaults: { color: PALETTE, unit: "bps", custom: { fillOpacity: 20, axisCenteredZero: true } }, overrides: [override("eth-2", { id: "custom.transform", value: "negative-Y" })] },
  { title: "Gaps", type: "timeseries", frames: gappy, defaults: { color: PALETTE, custom: { fillOpacity: 5, lineWidth: 2 } } },
  { title: "Gaps joined", type: "timeseries", frames: gappy, defaults: { color: PALETTE, custom: { spanNulls: true, lineInterpolation: "smooth", fillOpacity: 20, gradientMode: "opacity" } } },
  { title: "Bars", type: "timeseries", frames: () => gappy().map((each) => ({ ...each })), defaults: { color: PALETTE, custom: { drawStyle: "bars", fillOpacity: 80, stacking: { mode: "normal" } } } },
  { title: "Points and steps", type: "timeseries", frames: gappy, defaults: { color: PALETTE, custom: { drawStyle: "points", pointSize: 5 } }, overrides: [override("host 1", { id: "custom.drawStyle", value: "line" }, { id: "custom.lineInterpolation", value: "stepAfter" }, { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } })] },
  { title: "Thresholds, two axes", type: "timeseries", frames: () => series(2, 55, 30, "srv"), defaults: { color: PALETTE, unit: "percent", min: 0, max: 100, thresholds: { mode: "absolute", steps: STEPS }, custom: { thresholdsStyle: { mode: "line+area" }, axisLabel: "CPU" } }, overrides: [override("srv-2", { id: "unit", value: "s" }, { id: "custom.axisPlacement", value: "right" }, { id: "min" }, { id: "max" }, { id: "custom.axisLabel", value: "latency" })] },
  { title: "Scheme gradient", type: "timeseries", frames: () => series(1, 55, 50), defaults: { color: { mode: "thresholds" }, thresholds: { mode: "absolute", steps: STEPS }, custom: { gradientMode: "scheme", fillOpacity: 40, lineWidth: 2, thresholdsStyle: { mode: "dashed" } } }, options: { legend: { showLegend: false } } },
  { title: "Log scale, right legend", type: "timeseries", frames: () => series(3, 2, 1).map((each, index) => ({ ...each, fields: [each.fields[0]!, { ...each.fields[1]!, values: wave(index, 10 ** (index * 2), 10 ** (index * 2) * 0.4) }] })), defaults: { color: PALETTE, unit: "ms", custom: { scaleDistribution: { type: "log", log: 10 } } }, options: { legend: { displayMode: "table", placement: "right", calcs: ["lastNotNull"] } } },
  { title: "Many series", type: "timeseries", frames: () => series(60, 10, 4), defaults: { color: { mode: "palette-classic-by-name" } }, options: { tooltip: multi }, size: [720, 280] },
  { title: "Small", type: "timeseries", frames: () => series(1, 10, 4), defaults: { color: PALETTE }, size: [200, 90] },
];

const VALUES: Case[] = [
  { title: "Stat, one", type: "stat", frames: () => series(1, 40, 30), defaults: { unit: "percent", thresholds: { mode: "absolute", steps: STEPS }, color: { mode: "thresholds" } }, options: { graphMode: "area", reduceOptions: { calcs: ["lastNotNull"] } }, size: [220, 150] },
  { title: "Stat, backgrounds", type: "stat", frames: () => series(5, 30, 12), defaults: { unit: "short", thresholds: { mode: "absolute", steps: STEPS } }, options: { colorMode: "background", reduceOptions: { calcs: ["mean"] } }, size: [480, 160] },
  { title: "Stat, mapped", type: "stat", frames: () => [frame("A", [column("up", "number", [1])])], defaults: { mappings: [{ type: "value", options: { "1": { text: "UP", color: "green" }, "0": { text: "DOWN", color: "red" } } }] }, options: { graphMode: "none", colorMode: "background" }, size: [140, 80] },
  { title: "Stat, small and long", type: "stat", frames: () => series(1, 123456789, 300), defaults: { unit: "dtdurations", decimals: 1 }, options: { graphMode: "area" }, size: [180, 60] },
];

const GAUGES: Case[] = [
  { title: "Gauge", type: "gauge", frames: () => series(1, 60, 20), defaults: { unit: "percent", min: 0, max: 100, thresholds: { mode: "absolute", steps: STEPS } }, options: { showThresholdLabels: true }, size: [220, 180] },
  { title: "Gauges", type: "gauge", frames: () => series(4, 40, 20), defaults: { unit: "percent", min: 0, max: 100, color: { mode: "continuous-GrYlRd" } }, size: [480, 150] },
  { title: "Bar gauge, gradient", type: "bargauge", frames: () => series(4, 35, 20), defaults: { unit: "percent", min: 0, max: 100, thresholds: { mode: "absolute", steps: STEPS } }, options: { displayMode: "gradient", orientation: "horizontal" }, size: [320, 180] },
  { title: "Bar gauge, lcd", type: "bargauge", frames: () => series(4, 35, 20), defaults: { unit: "bytes", min: 0, max: 100, thresholds: { mode: "absolute", steps: STEPS } }, options: { displayMode: "lcd", orientation: "horizontal" }, size: [320, 180] },
  { title: "Bar gauge, upright", type: "bargauge", frames: () => series(5, 30, 20), defaults: { min: 0, max: 100, color: { mode: "continuous-BlYlRd" } }, options: { displayMode: "gradient", orientation: "vertical" }, size: [320, 180] },
  { title: "Bar gauge, basic", type: "bargauge", frames: () => series(3, 30, 20), defaults: { min: 0, max: 100, thresholds: { mode: "percentage", steps: STEPS } }, options: { displayMode: "basic", orientation: "vertical" }, size: [220, 180] },
  { title: "Pie", type: "piechart", frames: () => series(5, 30, 20), defaults: { color: PALETTE, unit: "bytes" }, options: { displayLabels: ["percent"], legend: { placement: "right", values: ["value", "percent"] } }, size: [380, 200] },
  { title: "Ring", type: "piechart", frames: () => series(4, 30, 20), defaults: { color: PALETTE }, options: { pieType: "donut", displayLabels: ["name"], legend: { placement: "bottom" } }, size: [260, 220] },
];

const CELLS: Override[] = [
  override("State", { id: "custom.cellOptions", value: { type: "color-background" } }, { id: "mappings", value: [{ type: "value", options: { up: { color: "green" }, down: { color: "red", text: "DOWN" }, degraded: { color: "yellow" } } }] }),
  override("Disk", { id: "custom.cellOptions", value: { type: "gauge", mode: "gradient" } }, { id: "thresholds", value: { mode: "percentage", steps: STEPS } }),
  override("Load", { id: "custom.cellOptions", value: { type: "color-text" } }, { id: "thresholds", value: { mode: "absolute", steps: [{ value: null, color: "green" }, { value: 2, color: "orange" }] } }),
  override("Memory", { id: "custom.cellOptions", value: { type: "gauge", mode: "lcd" } }),
  override("instance", { id: "custom.filterable", value: true }, { id: "links", value: [{ title: "Node", url: "/d/node?var-instance=x" }] }),
  override("job", { id: "links", value: [{ title: "bad", url: "java\tscript:alert(1)" }] }),
  override("Details", { id: "custom.cellOptions", value: { type: "json-view" } }),
];

const MAPPED: FieldConfig = { color: { mode: "thresholds" }, mappings: [{ type: "value", options: { ok: { color: "green" }, degraded: { color: "orange" }, down: { color: "red", text: "Down" } } }], custom: { fillOpacity: 80 } };

const OTHERS: Case[] = [
  { title: "Table, 10 000 rows", type: "table", frames: () => [table(10000)], overrides: CELLS, options: { sortBy: [{ displayName: "Load", desc: true }], footer: { show: true, reducer: ["mean"], fields: ["Load", "Memory"] } }, size: [1100, 280] },
  { title: "Table of series", type: "table", frames: () => series(4, 30, 10), transformations: [{ id: "timeSeriesTable", options: {} }], defaults: { color: PALETTE, unit: "percent" }, size: [480, 200] },
  { title: "Text", type: "text", frames: () => [], options: { mode: "markdown", content: "# Title\n\nSome **bold** text, a [link](https://example.org), a [bad one](javascript:alert(1)).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<img src=x onerror=alert(1)><script>alert(2)</script>\n\n```\ncode\n```" }, size: [320, 260] },
  { title: "HTML", type: "text", frames: () => [], options: { mode: "html", content: "<h2>Hello</h2><p style='color:red'>text <b>bold</b></p><iframe src='https://example.org'></iframe>" }, size: [220, 120] },
  { title: "Logs", type: "logs", frames: () => [logs()], options: { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: "Descending" }, size: [640, 260] },
  { title: "Logs, dedup", type: "logs", frames: () => [logs()], options: { showTime: false, showLabels: true, dedupStrategy: "signature", showCommonLabels: true }, size: [480, 200] },
  { title: "Heatmap from buckets", type: "heatmap", frames: () => [buckets()], options: { color: { mode: "scheme", scheme: "Oranges", steps: 64 }, yAxis: { unit: "s" } }, size: [480, 280] },
  { title: "Heatmap, opacity", type: "heatmap", frames: () => [buckets()], options: { color: { mode: "opacity", fill: "dark-orange", exponent: 0.5 }, legend: { show: false } } },
  { title: "Heatmap, calculated", type: "heatmap", frames: () => series(20, 30, 20), options: { calculate: true, calculation: { xBuckets: { mode: "size", value: "10m" } }, color: { scheme: "Spectral", mode: "scheme", reverse: true } }, defaults: { unit: "ms" } },
  { title: "State timeline", type: "state-timeline", frames: () => [states()], defaults: MAPPED, options: { mergeValues: true, showValue: "auto", rowHeight: 0.9 } },
  { title: "Status history", type: "status-history", frames: () => [states()], defaults: MAPPED, options: { rowHeight: 0.9, colWidth: 0.9 } },
  { title: "Bar chart", type: "barchart", frames: () => [frame("A", [column("country", "string", ["Austria", "Belgium", "Chile", "Denmark"]), column("men", "number", [10, 20, 15, 9]), column("women", "number", [12, 17, 18, 11])])], defaults: { color: PALETTE, custom: { fillOpacity: 80 } } },
  { title: "Bar chart, lying, stacked", type: "barchart", frames: () => [frame("A", [column("country", "string", ["Austria", "Belgium", "Chile", "Denmark"]), column("men", "number", [10, 20, 15, 9]), column("women", "number", [12, 17, 18, 11])])], defaults: { color: PALETTE, custom: { fillOpacity: 80 } }, options: { orientation: "horizontal", stacking: "normal" } },
  { title: "Histogram", type: "histogram", frames: () => [frame("A", [column("v", "number", wave(4, 50, 30), undefined, { unit: "ms" })])], defaults: { color: PALETTE, custom: { fillOpacity: 70 } } },
  { title: "Node graph", type: "nodeGraph", frames: graphOfNodes, size: [640, 300] },
  { title: "Trend", type: "trend", frames: () => [frame("A", [column("rpm", "number", [1000, 2000, 3000, 4000, 5000], undefined, { unit: "rotrpm" }), column("power", "number", [20, 55, 80, 95, 88]), column("torque", "number", [50, 90, 110, 100, 80])])], defaults: { color: PALETTE }, options: { xField: "rpm" } },
  { title: "XY", type: "xychart", frames: () => [frame("A", [column("x", "number", wave(1, 50, 30, 80)), column("y", "number", wave(9, 20, 15, 80))])], defaults: { color: PALETTE } },
  { title: "Nothing", type: "timeseries", frames: () => [], size: [200, 100] },
  { title: "Annotations", type: "annolist", frames: () => [], annotated: true, size: [260, 120] },
];

export const CASES: readonly Case[] = [...GRAPHS, ...VALUES, ...GAUGES, ...OTHERS];
