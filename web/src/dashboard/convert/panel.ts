/** From a panel's type of any age to today's, by a literal table. */

import type { FieldConfig } from "../../frame/frame";
import { defined, isObject, type Json, object, objects, text } from "../json";
import type { Override } from "../model";
import { mappings, thresholds } from "./mappings";
import type { OldConversions, OldKind } from "./old";
import type { Converted } from "./part";

/** Plugins that Grafana itself replaces by a panel of its own. */
const RENAMED: Readonly<Record<string, string>> = {
  "grafana-piechart-panel": "piechart",
  "table-old": "table",
  "natel-discrete-panel": "state-timeline",
  "neocat-cal-heatmap-panel": "heatmap",
  "heatmap-new": "heatmap",
};

/** Which conversion a panel of older days needs; null where it is of today. */
export function oldKind(given: Json): OldKind | null {
  const options = object(given["options"]);
  const hasOptions = isObject(given["options"]);
  switch (text(given["type"])) {
    case "graph":
      return "graph";
    case "singlestat":
    case "grafana-singlestat-panel":
      return "singlestat";
    case "grafana-piechart-panel":
      return "pie";
    case "stat":
    case "gauge":
    case "bargauge":
      return isObject(options["fieldOptions"]) || isObject(options["valueOptions"]) ? "single" : null;
    case "table-old":
      return "table";
    case "table":
      return Array.isArray(given["styles"]) && !hasOptions ? "table" : null;
    case "heatmap":
      return "dataFormat" in given || "yAxis" in given ? "heatmap" : null;
    case "text":
      return "content" in given && !("content" in options) ? "text" : null;
    case "dashlist":
      return hasOptions ? null : "dashList";
    case "alertlist":
      return hasOptions ? null : "alertList";
    default:
      return null;
  }
}

/** `old` must be there for dashboards with panels of older days. */
export function convertPanel(given: Json, old: OldConversions | null): Converted {
  const type = text(given["type"]);
  if (isObject(given["libraryPanel"]) && !isObject(given["options"]) && objects(given["targets"]).length === 0) {
    const name = text(given["libraryPanel"]["name"]);
    return { ...asIs(given, "text"), options: { mode: "code", content: "" }, losses: [`the library panel “${name}” is not in this file`] };
  }
  if (given["missing"] === true) return { ...asIs(given, "text"), losses: ["the file has no panel of this name"] };
  const kind = oldKind(given);
  if (kind === null) return asIs(given, RENAMED[type] ?? type);
  if (old === null) throw new Error(`cannot convert a panel of type ${type}: the code for old panels is not loaded`);
  return old[kind](given);
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
