/** From a panel's type of any age to today's, by a literal table. */

import type { FieldConfig } from "../../frame/frame";
import { defined, isObject, type Json, object, objects, text } from "../json";
import type { Override } from "../model";
import { convertGraph } from "./graph";
import { mappings, thresholds } from "./mappings";
import { convertAlertList, convertDashList, convertHeatmap, convertPie, convertText } from "./others";
import type { Converted } from "./part";
import { convertOldSingle, convertSinglestat } from "./singlestat";
import { convertTable, isOldTable } from "./table";

/** Plugins that Grafana itself replaces by a panel of its own. */
const RENAMED: Readonly<Record<string, string>> = {
  "grafana-piechart-panel": "piechart",
  "table-old": "table",
  "natel-discrete-panel": "state-timeline",
  "neocat-cal-heatmap-panel": "heatmap",
  "heatmap-new": "heatmap",
};

export function convertPanel(given: Json): Converted {
  const type = text(given["type"]);
  if (isObject(given["libraryPanel"]) && !isObject(given["options"]) && objects(given["targets"]).length === 0) {
    const name = text(given["libraryPanel"]["name"]);
    return { ...asIs(given, "text"), options: { mode: "code", content: "" }, losses: [`the library panel “${name}” is not in this file`] };
  }
  if (given["missing"] === true) return { ...asIs(given, "text"), losses: ["the file has no panel of this name"] };
  const options = object(given["options"]);
  switch (type) {
    case "graph":
      return convertGraph(given);
    case "singlestat":
    case "grafana-singlestat-panel":
      return convertSinglestat(given);
    case "grafana-piechart-panel":
      return convertPie(given);
    case "stat":
    case "gauge":
    case "bargauge":
      return isObject(options["fieldOptions"]) || isObject(options["valueOptions"]) ? convertOldSingle(given, type) : asIs(given, type);
    case "table":
    case "table-old":
      return isOldTable(given) ? convertTable(given) : asIs(given, "table");
    case "heatmap":
      return "dataFormat" in given || "yAxis" in given ? convertHeatmap(given) : asIs(given, type);
    case "text":
      return "content" in given && !("content" in options) ? convertText(given) : asIs(given, type);
    case "dashlist":
      return isObject(given["options"]) ? asIs(given, type) : convertDashList(given);
    case "alertlist":
      return isObject(given["options"]) ? asIs(given, type) : convertAlertList(given);
    default:
      return asIs(given, RENAMED[type] ?? type);
  }
}

/** A panel in today's spelling; what inside it may still be of older days is converted. */
function asIs(given: Json, type: string): Converted {
  const config = object(given["fieldConfig"]);
  return { type, options: { ...object(given["options"]) }, defaults: fieldConfig(object(config["defaults"])), overrides: overridesOf(config["overrides"]) };
}

export function fieldConfig(given: Json): FieldConfig {
  const { mappings: found, thresholds: limits, ...rest } = given;
  return defined({ ...(rest as FieldConfig), mappings: found === undefined ? undefined : mappings(found), thresholds: thresholds(limits) });
}

function overridesOf(value: unknown): Override[] {
  return objects(value).map((one) => ({
    matcher: { id: text(object(one["matcher"])["id"]), options: object(one["matcher"])["options"] },
    properties: objects(one["properties"]).map((property) => {
      const id = text(property["id"]);
      if (id === "mappings") return { id, value: mappings(property["value"]) };
      if (id === "thresholds") return { id, value: thresholds(property["value"]) };
      return { id, value: property["value"] };
    }),
  }));
}
