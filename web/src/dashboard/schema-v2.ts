/** Dashboards of Grafana's second schema (`elements` and `layout`), brought into the shape of the first: everything else reads only that. */

import { defined, flag, isObject, type Json, list, number, object, objects, text } from "./json";

/** `kind: X` in v2 is `type: x` in v1. */
const VARIABLES: Readonly<Record<string, string>> = {
  QueryVariable: "query",
  CustomVariable: "custom",
  ConstantVariable: "constant",
  DatasourceVariable: "datasource",
  IntervalVariable: "interval",
  TextVariable: "textbox",
  AdhocVariable: "adhoc",
  GroupByVariable: "groupby",
  SwitchVariable: "switch",
};

const HIDDEN: Readonly<Record<string, number>> = { dontHide: 0, hideLabel: 1, hideVariable: 2, inControlsMenu: 0 };
const REFRESH: Readonly<Record<string, number>> = { never: 0, onDashboardLoad: 1, onTimeRangeChanged: 2 };
const SORTS = ["disabled", "alphabeticalAsc", "alphabeticalDesc", "numericalAsc", "numericalDesc", "alphabeticalCaseInsensitiveAsc", "alphabeticalCaseInsensitiveDesc", "naturalAsc", "naturalDesc"];
const SYNC: Readonly<Record<string, number>> = { Off: 0, Crosshair: 1, Tooltip: 2 };

export function fromSchemaV2(spec: Json): Json {
  const time = object(spec["timeSettings"]);
  const losses: string[] = [];
  const panels = layout(object(spec["layout"]), object(spec["elements"]), losses);
  return defined({
    title: spec["title"],
    description: spec["description"],
    tags: spec["tags"],
    links: spec["links"],
    graphTooltip: SYNC[text(spec["cursorSync"])] ?? 0,
    time: { from: text(time["from"], "now-6h"), to: text(time["to"], "now") },
    timezone: time["timezone"],
    refresh: time["autoRefresh"],
    templating: { list: objects(spec["variables"]).map(variable) },
    annotations: { list: objects(spec["annotations"]).map(annotation) },
    panels,
    watchkeeperLosses: losses,
  });
}

/** `{kind: "DataQuery", group: "prometheus", datasource: {name}, spec}`; before that, `{kind: "prometheus", spec}` and the source beside it. */
function query(value: unknown, beside?: unknown): { datasource: unknown; spec: Json } {
  const given = object(value);
  const group = text(given["group"]) || (given["kind"] === "DataQuery" ? "" : text(given["kind"]));
  const named = object(given["datasource"] ?? beside);
  const uid = text(named["name"] ?? named["uid"]);
  const datasource = group === "" && uid === "" ? null : { type: group || text(named["type"]), uid };
  return { datasource, spec: object(given["spec"]) };
}

function variable(value: Json): Json {
  const spec = object(value["spec"]);
  const asked = query(spec["query"], spec["datasource"]);
  const isQuery = value["kind"] === "QueryVariable";
  const source = isQuery ? asked.datasource : value["datasource"] ? query({ group: value["group"], datasource: value["datasource"], kind: "DataQuery" }).datasource : (spec["datasource"] ?? null);
  return defined({
    ...spec,
    type: VARIABLES[text(value["kind"])] ?? text(value["kind"]),
    hide: HIDDEN[text(spec["hide"])] ?? 0,
    refresh: REFRESH[text(spec["refresh"])] ?? 1,
    sort: Math.max(0, SORTS.indexOf(text(spec["sort"]))),
    datasource: source,
    query: isQuery ? (asked.spec["query"] ?? asked.spec["__legacyStringValue"] ?? asked.spec) : value["kind"] === "DatasourceVariable" ? spec["pluginId"] : spec["query"],
  });
}

function annotation(value: Json): Json {
  const spec = object(value["spec"]);
  const asked = query(spec["query"], spec["datasource"]);
  return { ...object(spec["legacyOptions"]), ...asked.spec, ...spec, datasource: asked.datasource, query: undefined, ...(asked.spec["expr"] ? { expr: asked.spec["expr"] } : {}) };
}

function panel(element: Json): Json {
  const spec = object(element["spec"]);
  if (element["kind"] === "LibraryPanel") return { id: spec["id"], title: spec["title"], type: "", libraryPanel: spec["libraryPanel"] };
  const viz = object(spec["vizConfig"]);
  const vizSpec = object(viz["spec"]);
  const group = object(object(spec["data"])["spec"]);
  const settings = object(group["queryOptions"]);
  const targets = objects(group["queries"]).map((one) => {
    const of = object(one["spec"]);
    const asked = query(of["query"], of["datasource"]);
    return { ...asked.spec, refId: of["refId"], hide: flag(of["hidden"]), datasource: asked.datasource };
  });
  return defined({
    id: spec["id"],
    title: spec["title"],
    description: spec["description"],
    transparent: spec["transparent"],
    links: spec["links"],
    type: text(viz["kind"]) === "VizConfig" ? text(viz["group"]) : text(viz["kind"]),
    options: vizSpec["options"],
    fieldConfig: vizSpec["fieldConfig"],
    targets,
    transformations: objects(group["transformations"]).map((one) => {
      const of = object(one["spec"]);
      return { ...of, id: text(of["id"]) || text(one["group"]) || text(one["kind"]), options: of["options"] ?? {} };
    }),
    interval: settings["interval"],
    maxDataPoints: settings["maxDataPoints"],
    timeFrom: settings["timeFrom"],
    timeShift: settings["timeShift"],
    hideTimeOverride: settings["hideTimeOverride"],
  });
}

const repeatOf = (value: unknown): Json => {
  const spec = object(value);
  return text(spec["value"]) === "" ? {} : { repeat: spec["value"], repeatDirection: spec["direction"] ?? "h", maxPerRow: spec["maxPerRow"] };
};

interface Cursor {
  y: number;
  tab?: string;
  losses: string[];
}

function layout(value: Json, elements: Json, losses: string[]): Json[] {
  return block(value, elements, { y: 0, losses });
}

function block(value: Json, elements: Json, cursor: Cursor): Json[] {
  const spec = object(value["spec"]);
  switch (value["kind"]) {
    case "RowsLayout":
      return objects(spec["rows"]).flatMap((row) => rowOf(object(row["spec"]), elements, cursor));
    case "TabsLayout":
      return objects(spec["tabs"]).flatMap((tab) => {
        const of = object(tab["spec"]);
        noteConditions(of, cursor);
        // a tab inside a tab stands on the outer one
        const inside: Cursor = { ...cursor, tab: cursor.tab ?? text(of["title"], "Tab") };
        const panels = block(object(of["layout"]), elements, inside);
        const begins = panels[0]?.["type"] === "row" ? [] : [{ type: "row", title: text(of["title"]), tab: inside.tab, headless: true, gridPos: { x: 0, y: cursor.y, w: 24, h: 1 } }];
        cursor.y = inside.y + 1;
        return [...begins, ...panels];
      });
    case "AutoGridLayout":
      return autoGrid(spec, elements, cursor);
    default:
      return grid(spec, elements, cursor);
  }
}

function noteConditions(spec: Json, cursor: Cursor): void {
  if (isObject(spec["conditionalRendering"]) && objects(object(object(spec["conditionalRendering"])["spec"])["items"]).length > 0)
    cursor.losses.push(`“${text(spec["title"], "a panel")}” is shown always, not only under its conditions`);
}

function rowOf(row: Json, elements: Json, cursor: Cursor): Json[] {
  noteConditions(row, cursor);
  const collapsed = flag(row["collapse"]);
  const heading = { type: "row", title: text(row["title"]), collapsed, tab: cursor.tab, headless: flag(row["hideHeader"]), gridPos: { x: 0, y: cursor.y, w: 24, h: 1 }, ...repeatOf(row["repeat"]) };
  cursor.y += 1;
  const panels = block(object(row["layout"]), elements, cursor);
  return collapsed ? [{ ...heading, panels }] : [heading, ...panels];
}

function grid(spec: Json, elements: Json, cursor: Cursor): Json[] {
  const top = cursor.y;
  return list(spec["items"]).flatMap((item) => {
    const kind = object(item)["kind"];
    const of = object(object(item)["spec"]);
    const y = top + (number(of["y"]) ?? 0);
    if (kind === "GridLayoutRow") {
      const heading = { type: "row", title: text(of["title"]), collapsed: flag(of["collapsed"]), tab: cursor.tab, gridPos: { x: 0, y, w: 24, h: 1 }, ...repeatOf(of["repeat"]) };
      const inside = grid({ items: of["elements"] }, elements, { ...cursor, y: y + 1 });
      return flag(of["collapsed"]) ? [{ ...heading, panels: inside }] : [heading, ...inside];
    }
    const place = { x: number(of["x"]) ?? 0, y, w: number(of["width"]) ?? 12, h: number(of["height"]) ?? 8 };
    cursor.y = Math.max(cursor.y, y + place.h);
    return [{ ...panelOf(of, elements), gridPos: place, ...repeatOf(of["repeat"]) }];
  });
}

const ROW_HEIGHTS: Readonly<Record<string, number>> = { short: 5, standard: 9, tall: 14 };
const COLUMN_WIDTHS: Readonly<Record<string, number>> = { narrow: 192, standard: 448, wide: 768 };

/** Columns as wide as wanted on a screen of usual width; the page narrows them as it does every grid. */
function autoGrid(spec: Json, elements: Json, cursor: Cursor): Json[] {
  const wanted = text(spec["columnWidthMode"]) === "custom" ? (number(spec["columnWidth"]) ?? 448) : (COLUMN_WIDTHS[text(spec["columnWidthMode"])] ?? 448);
  const items = objects(spec["items"]);
  const columns = Math.max(1, Math.min(number(spec["maxColumnCount"]) ?? 3, Math.floor(1344 / wanted) || 1, 24));
  const height = text(spec["rowHeightMode"]) === "custom" ? Math.ceil((number(spec["rowHeight"]) ?? 320) / 38) : (ROW_HEIGHTS[text(spec["rowHeightMode"])] ?? 9);
  const width = Math.floor(24 / columns);
  const top = cursor.y;
  return items.map((item, index) => {
    const of = object(item["spec"]);
    noteConditions(of, cursor);
    const y = top + Math.floor(index / columns) * height;
    cursor.y = Math.max(cursor.y, y + height);
    const repeat = repeatOf(of["repeat"]);
    return { ...panelOf(of, elements), gridPos: { x: (index % columns) * width, y, w: width, h: height }, ...repeat, ...(repeat["repeat"] ? { maxPerRow: columns } : {}) };
  });
}

function panelOf(item: Json, elements: Json): Json {
  const name = text(object(item["element"])["name"]);
  return isObject(elements[name]) ? panel(elements[name]) : { title: name, type: "", missing: true };
}
