/** Every panel type that can be drawn, by Grafana's name for it. Types that most dashboards have come with the page, the others when needed. */

import type { ComponentType } from "preact";

import "./panels.css";
import type { Panel } from "../dashboard/model";
import { overrideLosses } from "../format/apply";
// not transform/transform: dashboards without transformations never load their code
import { transformLosses } from "../transform/losses";
import { alertListLosses, dashListLosses, graphLosses, linkLosses, nothingDrawn, tableLosses, xyLosses } from "./losses";
import type { PanelProps, PanelType } from "./panel";
import Stat from "./Stat";
import Timeseries from "./Timeseries";

/** Every panel loses the overrides and transformations that are not known. */
function panelType(load: () => Promise<ComponentType<PanelProps>>, own: (panel: Panel) => readonly string[] = () => []): PanelType {
  return {
    load,
    losses: (panel) => [...own(panel), ...overrideLosses(panel.fieldConfig), ...transformLosses(panel.transformations)],
  };
}

const missing = panelType(() => import("./Missing").then((found) => found.default), nothingDrawn);

export const PANELS: Readonly<Record<string, PanelType>> = {
  timeseries: panelType(() => Promise.resolve(Timeseries), graphLosses),
  stat: panelType(() => Promise.resolve(Stat)),
  table: panelType(() => import("./table/Table").then((found) => found.default), tableLosses),
  text: panelType(() => import("./Text").then((found) => found.default)),
  logs: panelType(() => import("./Logs").then((found) => found.default)),
  heatmap: panelType(() => import("./Heatmap").then((found) => found.default), linkLosses),
  gauge: panelType(() => import("./Gauge").then((found) => found.default)),
  bargauge: panelType(() => import("./BarGauge").then((found) => found.default)),
  "state-timeline": panelType(() => import("./StateTimeline").then((found) => found.StateTimeline)),
  "status-history": panelType(() => import("./StateTimeline").then((found) => found.StatusHistory)),
  piechart: panelType(() => import("./PieChart").then((found) => found.default)),
  barchart: panelType(() => import("./BarChart").then((found) => found.BarChart)),
  histogram: panelType(() => import("./BarChart").then((found) => found.Histogram)),
  nodeGraph: panelType(() => import("./NodeGraph").then((found) => found.default)),
  trend: panelType(() => import("./Trend").then((found) => found.Trend)),
  xychart: panelType(() => import("./Trend").then((found) => found.XyChart), xyLosses),
  alertlist: panelType(() => import("./AlertList").then((found) => found.default), alertListLosses),
  dashlist: panelType(() => import("./Lists").then((found) => found.DashList), dashListLosses),
  annolist: panelType(() => import("./Lists").then((found) => found.AnnoList)),
  // Found traces come as a table whose rows lead to the waterfall.
  traces: panelType(() => import("./table/Table").then((found) => found.default), tableLosses),
  candlestick: panelType(() => Promise.resolve(Timeseries), () => ["Candles are drawn as lines."]),
  geomap: missing,
  canvas: missing,
  news: missing,
  flamegraph: missing,
  datagrid: missing,
};
