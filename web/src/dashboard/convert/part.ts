/** What a conversion of an old panel gives: the members that it decided. */

import type { FieldConfig } from "../../frame/frame";
import type { Override, Transformation } from "../model";

export interface Converted {
  type: string;
  options: Record<string, unknown>;
  defaults: FieldConfig;
  overrides: Override[];
  transformations?: Transformation[];
  losses?: string[];
}

/** The names of old calculations ("avg", "current" …) as today's. */
export const CALCS: Readonly<Record<string, string>> = {
  avg: "mean",
  current: "lastNotNull",
  last: "lastNotNull",
  min: "min",
  max: "max",
  total: "sum",
  sum: "sum",
  first: "firstNotNull",
  delta: "delta",
  diff: "diff",
  range: "range",
  count: "count",
  name: "lastNotNull",
  last_time: "lastNotNull",
};

/** An old pattern: `/…/` is a regular expression, anything else a name. */
export function matcherOf(pattern: string): { id: string; options: string } {
  return /^\/.*\/[a-z]*$/s.test(pattern) ? { id: "byRegexp", options: pattern } : { id: "byName", options: pattern };
}
