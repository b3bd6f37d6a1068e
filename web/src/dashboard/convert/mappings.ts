/** Value mappings and thresholds of Grafana 6 and later. */

import type { Mapping, MappingResult, Threshold } from "../../frame/frame";
import { defined, isObject, number, object, objects, text } from "../json";

const SPECIAL = new Set(["null", "nan", "null+nan", "true", "false", "empty"]);

/** Mappings of any age: of Grafana 8 and later, of 6 and 7 (numbered types), and empty ones. */
export function mappings(value: unknown): Mapping[] {
  return objects(value).flatMap((one): Mapping[] => {
    const options = object(one["options"]);
    switch (one["type"]) {
      case "value":
        return [{ type: "value", options: Object.fromEntries(Object.entries(options).map(([key, result]) => [key, mappingResult(result)])) }];
      case "range":
        return [{ type: "range", options: { from: number(options["from"]) ?? null, to: number(options["to"]) ?? null, result: mappingResult(options["result"]) } }];
      case "regex":
        return [{ type: "regex", options: { pattern: text(options["pattern"]), result: mappingResult(options["result"]) } }];
      case "special": {
        const match = text(options["match"], "null").toLowerCase();
        return SPECIAL.has(match) ? [{ type: "special", options: { match: match as "null", result: mappingResult(options["result"]) } }] : [];
      }
      case 1:
        return valueMap(text(one["value"]), text(one["text"]));
      case 2:
        return [{ type: "range", options: { from: number(one["from"]) ?? null, to: number(one["to"]) ?? null, result: { text: text(one["text"]) } } }];
      default:
        return [];
    }
  });
}

function mappingResult(value: unknown): MappingResult {
  const given = object(value);
  return defined({
    text: given["text"] === undefined || given["text"] === null ? undefined : text(given["text"]),
    color: text(given["color"]) || undefined,
    icon: text(given["icon"]) || undefined,
    index: number(given["index"]),
  });
}

export function valueMap(value: string, shown: string): Mapping[] {
  if (value === "") return [];
  if (value === "null") return [{ type: "special", options: { match: "null", result: { text: shown } } }];
  return [{ type: "value", options: { [value]: { text: shown } } }];
}

/** Steps as they are written in files: the first one's value is null, -Infinity as text, or missing. */
export function steps(value: unknown): Threshold[] {
  return objects(value).map((step, index) => ({ value: index === 0 ? null : (number(step["value"]) ?? null), color: text(step["color"], "green") }));
}

/** A panel's or an override's thresholds; undefined where none are written. */
export function thresholds(value: unknown): { mode: "absolute" | "percentage"; steps: Threshold[] } | undefined {
  if (Array.isArray(value)) return { mode: "absolute", steps: steps(value) };
  if (!isObject(value)) return undefined;
  return { mode: value["mode"] === "percentage" ? "percentage" : "absolute", steps: steps(value["steps"]) };
}
