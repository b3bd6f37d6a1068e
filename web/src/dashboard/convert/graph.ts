/** The graph panel of Grafana before 8 as a time series panel (or a bar chart, or a histogram). */

import type { FieldConfig, Threshold } from "../../frame/frame";
import { defined, flag, type Json, number, object, objects, text } from "../json";
import type { Override } from "../model";
import { CALCS, type Converted, matcherOf } from "./part";

type Custom = Record<string, unknown>;

const LEGEND_CALCS = ["min", "max", "avg", "current", "total"] as const;
const SORTS = ["none", "asc", "desc"];

export function convertGraph(panel: Json): Converted {
  const [left = {}, right = {}] = objects(panel["yaxes"]);
  const mode = text(object(panel["xaxis"])["mode"], "time");
  const losses = objects(panel["timeRegions"]).length > 0 ? ["the coloured time regions of this graph are not drawn"] : [];
  const defaults: FieldConfig = defined({
    ...axisConfig(left),
    decimals: number(left["decimals"]) ?? number(panel["decimals"]),
    color: { mode: "palette-classic" },
    custom: defined({ ...custom(panel), ...axisCustom(left) }),
  });
  const style = thresholdStyle(objects(panel["thresholds"]));
  if (style) {
    defaults.thresholds = { mode: "absolute", steps: style.steps };
    defaults.custom = { ...defaults.custom, thresholdsStyle: { mode: style.mode } };
  }
  const overrides = [
    ...Object.entries(object(panel["aliasColors"])).map(
      ([name, color]): Override => ({
        matcher: { id: "byName", options: name },
        properties: [{ id: "color", value: { mode: "fixed", fixedColor: text(color) } }],
      }),
    ),
    ...objects(panel["seriesOverrides"]).flatMap((one) => seriesOverride(one, right, panel, losses)),
    ...withoutEmpty(object(panel["legend"])),
  ];
  if (mode === "series") return bySeries(panel, defaults, overrides, losses);
  if (mode === "histogram") return histogram(panel, defaults, overrides, losses);
  return { type: "timeseries", options: { legend: legend(object(panel["legend"])), tooltip: tooltip(object(panel["tooltip"])) }, defaults, overrides, losses };
}

function axisConfig(axis: Json): FieldConfig {
  return defined({ unit: text(axis["format"]) || undefined, min: number(axis["min"]), max: number(axis["max"]) });
}

function axisCustom(axis: Json): Custom {
  const base = number(axis["logBase"]) ?? 1;
  return defined({
    axisLabel: text(axis["label"]) || undefined,
    axisPlacement: axis["show"] === false ? "hidden" : undefined,
    scaleDistribution: base > 1 ? { type: "log", log: base } : undefined,
  });
}

function custom(panel: Json): Custom {
  const hasLines = flag(panel["lines"], true);
  const hasBars = flag(panel["bars"]);
  const hasPoints = flag(panel["points"]);
  const drawStyle = hasBars && !hasLines ? "bars" : hasPoints && !hasLines ? "points" : "line";
  const fill = number(panel["fill"]) ?? 1;
  const gradient = number(panel["fillGradient"]) ?? 0;
  return defined({
    drawStyle: hasBars && hasLines ? "bars" : drawStyle,
    lineWidth: hasLines ? (number(panel["linewidth"]) ?? 1) : hasBars ? 1 : 0,
    fillOpacity: hasBars ? 100 : fill * 10,
    gradientMode: gradient > 0 ? "opacity" : "none",
    lineInterpolation: flag(panel["steppedLine"]) ? "stepAfter" : "linear",
    lineStyle: flag(panel["dashes"]) ? { fill: "dash", dash: [number(panel["dashLength"]) ?? 10, number(panel["spaceLength"]) ?? 10] } : undefined,
    showPoints: hasPoints ? "always" : "never",
    pointSize: hasPoints ? 2 * (number(panel["pointradius"]) ?? 2) : undefined,
    stacking: { mode: flag(panel["stack"]) ? (flag(panel["percentage"]) ? "percent" : "normal") : "none", group: "A" },
    ...nullMode(text(panel["nullPointMode"], "null")),
  });
}

const nullMode = (mode: string): Custom => ({ spanNulls: mode === "connected", ...(mode === "null as zero" ? { nullsAsZero: true } : {}) });

export function legend(old: Json): Record<string, unknown> {
  const isShown = flag(old["show"], true);
  const hasValues = flag(old["values"]);
  return defined({
    showLegend: isShown,
    displayMode: !isShown ? "hidden" : flag(old["alignAsTable"]) ? "table" : "list",
    placement: flag(old["rightSide"]) ? "right" : "bottom",
    calcs: hasValues ? LEGEND_CALCS.filter((calc) => flag(old[calc])).map((calc) => CALCS[calc]!) : [],
    width: number(old["sideWidth"]),
    sortBy: SORT_NAMES[text(old["sort"])],
    sortDesc: old["sort"] ? flag(old["sortDesc"]) : undefined,
  });
}

/** Series without any value, or with nothing but zeros, that the legend left out. */
function withoutEmpty(old: Json): Override[] {
  const without = (reducer: string): Override => ({ matcher: { id: "byValue", options: { reducer, op: "gte", value: 0 } }, properties: [{ id: "custom.hideFrom", value: { legend: true, tooltip: true, viz: false } }] });
  return [...(flag(old["hideEmpty"]) ? [without("allIsNull")] : []), ...(flag(old["hideZero"]) ? [without("allIsZero")] : [])];
}

const SORT_NAMES: Readonly<Record<string, string>> = { min: "Min", max: "Max", avg: "Mean", current: "Last *", total: "Total" };

export const tooltip = (old: Json) => ({ mode: flag(old["shared"], true) ? "multi" : "single", sort: SORTS[number(old["sort"]) ?? 0] ?? "none" });

const TRANSPARENT = "transparent";
const COLORS: Readonly<Record<string, string>> = { critical: "red", warning: "orange", ok: "green" };

/** Old thresholds say "above" or "below" each; today's are steps from the bottom upwards. */
function thresholdStyle(old: readonly Json[]): { mode: string; steps: Threshold[] } | null {
  const used = old.filter((one) => number(one["value"]) !== undefined).sort((a, b) => number(a["value"])! - number(b["value"])!);
  if (used.length === 0) return null;
  const steps: Threshold[] = [];
  for (const [index, one] of used.entries()) {
    const value = number(one["value"])!;
    const color = COLORS[text(one["colorMode"])] ?? (text(one["fillColor"]) || text(one["lineColor"]) || "red");
    const next = used[index + 1];
    if (text(one["op"], "gt") === "gt") {
      if (steps.length === 0) steps.push({ value: null, color: TRANSPARENT });
      steps.push({ value, color });
    } else {
      if (steps.length === 0) steps.push({ value: null, color });
      steps.push({ value, color: next && text(next["op"]) === "lt" ? (COLORS[text(next["colorMode"])] ?? "red") : TRANSPARENT });
    }
  }
  const fills = used.some((one) => flag(one["fill"]));
  const lines = used.some((one) => flag(one["line"]));
  return { mode: fills && lines ? "line+area" : fills ? "area" : lines ? "line" : "off", steps };
}

type Property = { id: string; value?: unknown };

function seriesOverride(one: Json, right: Json, panel: Json, losses: string[]): Override[] {
  const alias = text(one["alias"]);
  const properties: Property[] = [];
  for (const [name, value] of Object.entries(one)) {
    if (name === "alias" || name.startsWith("$$")) continue;
    const made = overrideProperties(name, value, right, panel, one);
    if (made === null) losses.push(`the series override “${name}” is not drawn`);
    else properties.push(...made);
  }
  return alias === "" || properties.length === 0 ? [] : [{ matcher: matcherOf(alias), properties }];
}

function overrideProperties(name: string, value: unknown, right: Json, panel: Json, all: Json): Property[] | null {
  const custom = (id: string, of: unknown): Property[] => [{ id: `custom.${id}`, value: of }];
  switch (name) {
    case "yaxis":
      return number(value) === 2 ? rightAxis(right) : [];
    case "color":
      return [{ id: "color", value: { mode: "fixed", fixedColor: text(value) } }];
    case "fill":
      return custom("fillOpacity", (number(value) ?? 0) * 10);
    case "fillGradient":
      return custom("gradientMode", (number(value) ?? 0) > 0 ? "opacity" : "none");
    case "linewidth":
      return custom("lineWidth", number(value) ?? 1);
    case "lines":
      return flag(value) ? custom("drawStyle", "line") : flag(all["bars"]) || flag(all["points"]) ? [] : custom("lineWidth", 0);
    case "bars":
      return flag(value) ? [...custom("drawStyle", "bars"), ...custom("fillOpacity", 100)] : flag(panel["bars"]) ? custom("drawStyle", "line") : [];
    case "points":
      return flag(value) ? [...custom("showPoints", "always"), ...(all["lines"] === false ? custom("drawStyle", "points") : [])] : custom("showPoints", "never");
    case "pointradius":
      return custom("pointSize", 2 * (number(value) ?? 2));
    case "dashes":
      return flag(value) ? custom("lineStyle", { fill: "dash", dash: [number(all["dashLength"]) ?? 10, number(all["spaceLength"]) ?? 10] }) : [];
    case "dashLength":
    case "spaceLength":
    case "zindex": // only decided which line covers which
    case "hiddenFrom":
      return [];
    case "steppedLine":
      return custom("lineInterpolation", flag(value) ? "stepAfter" : "linear");
    case "stack":
      return custom("stacking", { mode: value === false ? "none" : flag(panel["percentage"]) ? "percent" : "normal", group: typeof value === "string" ? value : "A" });
    case "transform":
      return custom("transform", text(value) === "constant" ? "constant" : text(value));
    case "nullPointMode":
      return Object.entries(nullMode(text(value))).flatMap(([id, of]) => custom(id, of));
    case "fillBelowTo":
      return custom("fillBelowTo", text(value));
    case "legend":
      return value === false ? custom("hideFrom", { legend: true, tooltip: false, viz: false }) : [];
    case "hideTooltip":
      return flag(value) ? custom("hideFrom", { legend: false, tooltip: true, viz: false }) : [];
    case "hiddenSeries":
      return flag(value) ? custom("hideFrom", { legend: false, tooltip: false, viz: true }) : [];
    default:
      return null;
  }
}

function rightAxis(right: Json): Property[] {
  const config = axisConfig(right);
  return [
    { id: "custom.axisPlacement", value: right["show"] === false ? "hidden" : "right" },
    ...Object.entries(defined({ ...config, decimals: number(right["decimals"]) })).map(([id, value]) => ({ id, value })),
    ...Object.entries(axisCustom(right))
      .filter(([id]) => id !== "axisPlacement")
      .map(([id, value]) => ({ id: `custom.${id}`, value })),
  ];
}

function bySeries(panel: Json, defaults: FieldConfig, overrides: Override[], losses: string[]): Converted {
  const calc = CALCS[text((panel["xaxis"] as Json)["values"] instanceof Array ? ((panel["xaxis"] as Json)["values"] as unknown[])[0] : "total")] ?? "sum";
  return {
    type: "barchart",
    options: { orientation: "auto", legend: { ...legend(object(panel["legend"])), showLegend: false }, tooltip: tooltip(object(panel["tooltip"])), xTickLabelRotation: 0 },
    defaults: { ...defaults, custom: { fillOpacity: 80, lineWidth: 1 } },
    overrides,
    transformations: [{ id: "reduce", options: { mode: "seriesToRows", reducers: [calc] } }],
    losses,
  };
}

function histogram(panel: Json, defaults: FieldConfig, overrides: Override[], losses: string[]): Converted {
  const buckets = number(object(panel["xaxis"])["buckets"]);
  return {
    type: "histogram",
    options: defined({ combine: true, legend: legend(object(panel["legend"])), bucketCount: buckets }),
    defaults: { ...defaults, custom: { fillOpacity: 80, lineWidth: 1 } },
    overrides,
    losses,
  };
}
