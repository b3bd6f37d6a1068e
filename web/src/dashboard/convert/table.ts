/** The table panel of Grafana before 7: styles by column pattern become overrides, its transforms become transformations. */

import { defined, flag, type Json, number, object, objects, text } from "../json";
import type { Override, Transformation } from "../model";
import { oldMappings, oldThresholds } from "./old-mappings";
import { CALCS, type Converted, matcherOf } from "./part";

type Property = { id: string; value?: unknown };

export function convertTable(panel: Json): Converted {
  const styles = objects(panel["styles"]);
  const sort = object(panel["sort"]);
  const transformations = transformsOf(panel);
  // the last style that fits a column won; overrides are applied in order, so those come last here too
  const overrides = [...styles].reverse().flatMap(styleOverride);
  const column = number(sort["col"]);
  return {
    type: "table",
    options: { showHeader: flag(panel["showHeader"], true), ...(column === undefined ? {} : { sortColumn: { index: column, desc: flag(sort["desc"]) } }) },
    defaults: { custom: { align: "auto", cellOptions: { type: "auto" } } },
    overrides,
    transformations,
  };
}

function transformsOf(panel: Json): Transformation[] {
  switch (text(panel["transform"])) {
    case "timeseries_aggregations": {
      const columns = objects(panel["columns"]).map((column) => text(column["value"]));
      const reducers = (columns.length > 0 ? columns : ["avg"]).map((column) => CALCS[column] ?? column);
      return [{ id: "reduce", options: { mode: "seriesToRows", reducers, includeTimeField: false } }];
    }
    case "timeseries_to_columns":
      return [{ id: "joinByField", options: { byField: "Time", mode: "outer" } }];
    case "timeseries_to_rows":
      return [{ id: "seriesToRows", options: {} }];
    case "json":
      return [];
    default:
      // several queries became one table whose rows have the same labels
      return [{ id: "merge", options: {} }];
  }
}

/** Names of aggregated columns, as the reduce transformation calls them. */
const REDUCED: Readonly<Record<string, string>> = { Avg: "Mean", Current: "Last *", Total: "Total", Metric: "Field" };

function styleOverride(style: Json): Override[] {
  const pattern = text(style["pattern"]);
  if (pattern === "") return [];
  const properties: Property[] = [];
  const alias = text(style["alias"]);
  if (alias !== "") properties.push({ id: "displayName", value: alias });
  switch (text(style["type"], "number")) {
    case "hidden":
      properties.push({ id: "custom.hidden", value: true });
      break;
    case "date":
      properties.push({ id: "unit", value: style["dateFormat"] ? `time: ${text(style["dateFormat"])}` : "dateTimeAsIso" });
      break;
    case "number":
      properties.push(...numberProperties(style));
      break;
    default:
      properties.push(...coloured(style));
  }
  const found = oldMappings(style);
  if (found.length > 0) properties.push({ id: "mappings", value: found });
  if (flag(style["link"]) && text(style["linkUrl"]) !== "") {
    const link = { title: text(style["linkTooltip"]), url: cellLink(text(style["linkUrl"])), targetBlank: flag(style["linkTargetBlank"]) };
    properties.push({ id: "links", value: [link] });
  }
  if (style["align"] && style["align"] !== "auto") properties.push({ id: "custom.align", value: text(style["align"]) });
  const matchers = [matcherOf(pattern), ...(REDUCED[pattern] ? [{ id: "byName", options: REDUCED[pattern] }] : [])];
  return properties.length === 0 ? [] : matchers.map((matcher) => ({ matcher, properties }));
}

function numberProperties(style: Json): Property[] {
  const known = defined({ unit: text(style["unit"]) || undefined, decimals: number(style["decimals"]) });
  return [...Object.entries(known).map(([id, value]) => ({ id, value })), ...coloured(style)];
}

function coloured(style: Json): Property[] {
  const mode = text(style["colorMode"]);
  const found = oldThresholds(style["thresholds"], style["colors"]);
  if (mode === "" || mode === "disabled" || found.length === 0) return [];
  const type = mode === "cell" || mode === "row" ? "color-background" : "color-text";
  return [
    { id: "thresholds", value: { mode: "absolute", steps: found } },
    { id: "color", value: { mode: "thresholds" } },
    { id: "custom.cellOptions", value: mode === "row" ? { type, applyToRow: true } : { type } },
  ];
}

/** `$__cell` and `$__cell_2` in a link's address are today's `${__value.raw}` and `${__data.fields[2]}`. */
function cellLink(url: string): string {
  return url
    .replace(/\$\{__cell_(\d+)(?::[a-z]+)?\}|\$__cell_(\d+)/g, (_, a?: string, b?: string) => `\${__data.fields[${a ?? b}]}`)
    .replace(/\$\{__cell(:[a-z]+)?\}|\$__cell\b/g, (_, format?: string) => `\${__value.raw${format ?? ""}}`);
}
