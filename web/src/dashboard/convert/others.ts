/** Older spellings of heatmaps, pie charts, texts and lists. */

import { defined, flag, type Json, number, object, objects, text } from "../json";
import { CALCS, type Converted } from "./part";

export function convertHeatmap(panel: Json): Converted {
  const y = object(panel["yAxis"]);
  const color = object(panel["color"]);
  const isCalculated = text(panel["dataFormat"], "timeseries") === "timeseries";
  const base = number(y["logBase"]) ?? 1;
  return {
    type: "heatmap",
    options: {
      calculate: isCalculated,
      calculation: isCalculated ? { xBuckets: bucket(panel, "x"), yBuckets: { ...bucket(panel, "y"), ...(base > 1 ? { scale: { type: "log", log: base } } : {}) } } : undefined,
      color: defined({
        mode: text(color["mode"]) === "opacity" ? "opacity" : "scheme",
        scheme: text(color["colorScheme"], "interpolateOranges").replace(/^interpolate/, ""),
        fill: text(color["cardColor"]) || undefined,
        exponent: number(color["exponent"]) ?? 0.5,
        min: number(color["min"]),
        max: number(color["max"]),
        steps: 64,
        reverse: false,
      }),
      yAxis: defined({
        unit: text(y["format"]) || undefined,
        decimals: number(y["decimals"]),
        min: number(y["min"]),
        max: number(y["max"]),
        reverse: flag(panel["reverseYBuckets"]),
        axisPlacement: y["show"] === false ? "hidden" : "left",
      }),
      rowsFrame: { layout: { upper: "le", lower: "ge", middle: "unknown" }[text(panel["yBucketBound"])] ?? "auto" },
      filterValues: flag(panel["hideZeroBuckets"]) ? { le: 1e-9 } : undefined,
      tooltip: { mode: object(panel["tooltip"])["show"] === false ? "none" : "single", yHistogram: flag(object(panel["tooltip"])["showHistogram"]) },
      legend: { show: flag(object(panel["legend"])["show"]) },
      cellGap: number(object(panel["cards"])["cardPadding"]) ?? 1,
    },
    defaults: { custom: {} },
    overrides: [],
  };
}

function bucket(panel: Json, axis: "x" | "y"): Record<string, unknown> {
  const size = text(panel[`${axis}BucketSize`]);
  if (size !== "" && size !== "0") return { mode: "size", value: size };
  const count = number(panel[`${axis}BucketNumber`]);
  return count ? { mode: "count", value: String(count) } : { mode: "count", value: "" };
}

/** The pie chart that was a plugin of its own. */
export function convertPie(panel: Json): Converted {
  const old = object(panel["legend"]);
  const isShown = flag(old["show"], true) && text(panel["legendType"]) !== "On graph";
  const values = [...(flag(old["values"]) ? ["value"] : []), ...(flag(old["percentage"]) ? ["percent"] : [])];
  return {
    type: "piechart",
    options: {
      pieType: text(panel["pieType"]) === "donut" ? "donut" : "pie",
      reduceOptions: { calcs: [CALCS[text(panel["valueName"], "current")] ?? "lastNotNull"], values: false, fields: "" },
      legend: { showLegend: isShown, displayMode: values.length > 0 ? "table" : "list", placement: text(panel["legendType"]) === "Right side" ? "right" : "bottom", values },
      displayLabels: text(panel["legendType"]) === "On graph" ? ["name", ...values] : [],
      tooltip: { mode: "single", sort: "none" },
    },
    defaults: defined({ unit: text(panel["format"]) || undefined, decimals: number(panel["decimals"]), color: { mode: "palette-classic" } }),
    overrides: Object.entries(object(panel["aliasColors"])).map(([name, color]) => ({
      matcher: { id: "byName", options: name },
      properties: [{ id: "color", value: { mode: "fixed", fixedColor: text(color) } }],
    })),
  };
}

export function convertText(panel: Json): Converted {
  const mode = text(panel["mode"], "markdown");
  return {
    type: "text",
    options: { mode: mode === "text" ? "code" : mode, content: text(panel["content"]), code: { language: "plaintext" } },
    defaults: {},
    overrides: [],
  };
}

export function convertDashList(panel: Json): Converted {
  return {
    type: "dashlist",
    options: defined({
      maxItems: number(panel["limit"]) ?? 10,
      query: text(panel["query"]),
      tags: panel["tags"] ?? [],
      showRecentlyViewed: flag(panel["recent"]),
      showStarred: flag(panel["starred"]),
      showSearch: flag(panel["search"]),
      showHeadings: flag(panel["headings"], true),
    }),
    defaults: {},
    overrides: [],
  };
}

export function convertAlertList(panel: Json): Converted {
  const filter = objects(panel["stateFilter"]);
  return {
    type: "alertlist",
    options: defined({
      maxItems: number(panel["limit"]) ?? 20,
      sortOrder: number(panel["sortOrder"]) ?? 1,
      alertName: text(panel["nameFilter"]),
      stateFilter: filter.length > 0 ? filter : { firing: true, pending: true },
    }),
    defaults: {},
    overrides: [],
  };
}
