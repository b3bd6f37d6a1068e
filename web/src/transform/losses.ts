/** Which transformations are known, apart from their code: dashboards without any never load that. */

import type { Transformation } from "../dashboard/model";

export const KNOWN = [
  "append", "calculateField", "concatenate", "configFromData", "convertFieldType", "convertFrameType", "ensureColumns", "extractFields", "filterByRefId",
  "filterByValue", "filterFields", "filterFieldsByName", "filterFrames", "formatString", "formatTime", "groupBy", "groupingToMatrix", "histogram",
  "joinByField", "joinByLabels", "labelsToFields", "limit", "merge", "noop", "order", "organize", "partitionByValues", "prepareTimeSeries", "reduce",
  "rename", "renameByRegex", "rowsToFields", "seriesToColumns", "seriesToRows", "sortBy", "timeSeriesTable", "transpose",
] as const;

export type Known = (typeof KNOWN)[number];

const known: ReadonlySet<string> = new Set(KNOWN);

/** What of these transformations cannot be done, in words for a person. */
export function transformLosses(transformations: readonly Transformation[]): string[] {
  return transformations.filter((step) => !step.disabled && !known.has(step.id)).map((step) => `The transformation "${step.id}" is left out.`);
}
