/** Value mappings and thresholds in their older spellings. */

import type { Mapping, MappingResult, Threshold } from "../../frame/frame";
import { defined, isObject, type Json, list, number, object, objects, text } from "../json";

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

function valueMap(value: string, shown: string): Mapping[] {
  if (value === "") return [];
  if (value === "null") return [{ type: "special", options: { match: "null", result: { text: shown } } }];
  return [{ type: "value", options: { [value]: { text: shown } } }];
}

/** Old singlestat's and table's pairs: `valueMaps` (type 1) or `rangeMaps` (type 2). */
export function oldMappings(panel: Json): Mapping[] {
  const type = number(panel["mappingType"]) ?? 1;
  if (type === 2) {
    return objects(panel["rangeMaps"]).flatMap((one): Mapping[] => {
      const result = { text: text(one["text"]) };
      if (text(one["from"]) === "null" && text(one["to"]) === "null") return [{ type: "special", options: { match: "null", result } }];
      return [{ type: "range", options: { from: number(one["from"]) ?? null, to: number(one["to"]) ?? null, result } }];
    });
  }
  return objects(panel["valueMaps"]).flatMap((one) => valueMap(text(one["value"]), text(one["text"])));
}

/** `"50,80"` or `[50, 80]` and three colours become steps from minus infinity. */
export function oldThresholds(limits: unknown, colors: unknown): Threshold[] {
  const values = (typeof limits === "string" ? limits.split(",") : list(limits)).map(number).filter((value) => value !== undefined);
  const named = list(colors).map((color) => text(color, "green"));
  if (values.length === 0) return named[0] ? [{ value: null, color: named[0] }] : [];
  return [null, ...values].map((value, index) => ({ value, color: named[index] ?? named.at(-1) ?? "green" }));
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
