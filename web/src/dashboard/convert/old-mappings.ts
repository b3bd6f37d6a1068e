/** Value mappings and thresholds of Grafana before 6. */

import type { Mapping, Threshold } from "../../frame/frame";
import { type Json, list, number, objects, text } from "../json";
import { valueMap } from "./mappings";

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
