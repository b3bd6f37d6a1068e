/** Everything of older days in one place, so that dashboards of today never load it. */

import type { Json } from "../json";
import { text } from "../json";
import { convertGraph } from "./graph";
import { convertAlertList, convertDashList, convertHeatmap, convertPie, convertText } from "./others";
import type { Converted } from "./part";
import { convertOldSingle, convertSinglestat } from "./singlestat";
import { convertTable } from "./table";

export { fromSchemaV2 } from "../schema-v2";

export const OLD = {
  graph: convertGraph,
  singlestat: convertSinglestat,
  pie: convertPie,
  single: (given: Json): Converted => convertOldSingle(given, text(given["type"])),
  table: convertTable,
  heatmap: convertHeatmap,
  text: convertText,
  dashList: convertDashList,
  alertList: convertAlertList,
};

export type OldConversions = typeof OLD;
export type OldKind = keyof OldConversions;
