/** Dashboards, panels and variables for tests: complete, with what a test is about changed. */

import type { Panel, Row, Variable } from "./model";

export const aVariable = (name: string, changes: Partial<Variable> = {}): Variable => ({
  name, label: name, type: "query", hide: "none", multi: false, includeAll: false, allValue: "", current: [], options: [], query: "", regex: "", sort: 0,
  refresh: "load", datasource: null, ...changes,
});

export const aPanel = (key: string, changes: Partial<Panel> = {}): Panel => ({
  key, id: 1, type: "timeseries", title: key, description: "", place: { x: 0, y: 0, w: 12, h: 8 }, transparent: false, datasource: null, targets: [],
  transformations: [], fieldConfig: { defaults: {}, overrides: [] }, options: {}, links: [], scope: {}, losses: [], ...changes,
});

export const aRow = (panels: readonly Panel[], changes: Partial<Row> = {}): Row => ({ key: "row-0", title: "", collapsed: false, panels, ...changes });
