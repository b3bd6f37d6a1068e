/** Grafana's dashboard JSON of any age as the console's model. Pure; never throws for a dashboard that is merely odd. */

import { isObject, defined, flag, type Json, list, number, object, objects, text } from "./json";
import type { Annotation, Dashboard, GridPlace, Panel, Row, Target, Transformation } from "./model";
import { chooseSource, sourceRef } from "./sources";
import { readVariables } from "./variables";
import { convertPanel, oldKind } from "./convert/panel";

export class NotADashboard extends Error {
  override readonly name = "NotADashboard";
}

type Inputs = Readonly<Record<string, string>>;

/** Older spellings, which only dashboards that have them load. */
type Older = typeof import("./convert/old");

/** Raises NotADashboard for JSON that is none. */
export async function readDashboard(value: unknown): Promise<Dashboard> {
  const json = unwrapped(value);
  const panels = [...objects(json["panels"]), ...objects(json["rows"])];
  const isOlder = isSchemaV2(json) || Array.isArray(json["rows"]) || panels.some((panel) => [panel, ...objects(panel["panels"])].some((one) => oldKind(one) !== null));
  return normalise(json, isOlder ? await import("./convert/old") : null);
}

export const isSchemaV2 = (value: Json): boolean => isObject(value["elements"]) && isObject(value["layout"]);

/** `older` must be there for dashboards with older spellings, or with Grafana's second schema. */
export function normalise(value: unknown, older: Older | null): Dashboard {
  const plain = unwrapped(value);
  const json = isSchemaV2(plain) && older ? { ...older.fromSchemaV2(plain), uid: plain["uid"] } : plain;
  const inputs = inputsOf(json);
  const losses = list(json["watchkeeperLosses"]).map((one) => text(one));
  const time = object(json["time"]);
  const variables = [...constantInputs(json), ...readVariables(json["templating"], inputs, losses)];
  const rows = rowsOf(json, { inputs, keys: new Keys(), old: older?.OLD ?? null });
  const board: Dashboard = {
    uid: text(json["uid"]),
    title: text(json["title"], "Untitled"),
    description: text(json["description"]),
    tags: list(json["tags"]).map((tag) => text(tag)),
    rows,
    variables,
    annotations: objects(object(json["annotations"])["list"]).flatMap((one) => annotation(one, inputs)),
    links: objects(json["links"]).map(dashboardLink),
    time: { from: text(time["from"], "now-6h"), to: text(time["to"], "now") },
    timeZone: text(json["timezone"]) || "browser",
    refresh_s: refreshSeconds(json["refresh"]),
    crosshair: crosshairOf(json["graphTooltip"] ?? (json["sharedCrosshair"] === true ? 1 : 0)),
    losses,
  };
  return { ...board, rows: rows.map((row) => ({ ...row, panels: row.panels.map((panel) => withSourceLosses(panel, board)) })) };
}

/** Exports wrap the dashboard: the API's answer, a Kubernetes resource, a file for another program. */
function unwrapped(value: unknown): Json {
  let json = object(value);
  for (const name of ["dashboard", "spec"]) if (isObject(json[name]) && !hasPanels(json)) json = { ...json[name], ...(text(json[name]["uid"]) ? {} : { uid: uidOutside(json) }) };
  if (!hasPanels(json)) throw new NotADashboard("This is no Grafana dashboard: it has neither panels nor rows nor elements.");
  return json;
}

const uidOutside = (json: Json) => text(object(json["metadata"])["name"]) || text(object(json["meta"])["uid"]) || undefined;

const hasPanels = (json: Json) => Array.isArray(json["panels"]) || Array.isArray(json["rows"]) || isSchemaV2(json);

/** `__inputs`: what an exported dashboard wants to be told at import; sources by their plugin. */
function inputsOf(json: Json): Inputs {
  const found: Record<string, string> = {};
  for (const input of objects(json["__inputs"])) {
    if (input["type"] === "datasource") found[text(input["name"])] = text(input["pluginId"]);
  }
  return found;
}

/** Constants among the inputs work like hidden variables of that name. */
const constantInputs = (json: Json) =>
  readVariables({ list: objects(json["__inputs"]).filter((one) => one["type"] === "constant").map((one) => ({ name: one["name"], type: "constant", query: one["value"] })) }, {}, []);

function refreshSeconds(value: unknown): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text(value));
  return found ? Number(found[1]) * { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[found[2] as "s"] : 0;
}

const crosshairOf = (value: unknown): Dashboard["crosshair"] => (["off", "crosshair", "tooltip"] as const)[number(value) ?? 0] ?? "off";

function annotation(one: Json, inputs: Inputs): Annotation[] {
  const target = object(one["target"]);
  const query = { ...one, ...(text(target["expr"]) ? { expr: target["expr"] } : {}), ...(target["limit"] ? { limit: target["limit"] } : {}) };
  const datasource = sourceRef(one["datasource"], inputs);
  // what people wrote into Grafana itself is not in the file
  if (flag(one["builtIn"]) || one["builtIn"] === 1 || datasource?.uid === "-- Grafana --") return [];
  return [{ name: text(one["name"]), datasource, enabled: flag(one["enable"], true), hidden: flag(one["hide"]), color: text(one["iconColor"], "blue"), query }];
}

function dashboardLink(one: Json): Dashboard["links"][number] {
  return {
    title: text(one["title"]),
    url: text(one["url"]),
    targetBlank: flag(one["targetBlank"]),
    type: one["type"] === "dashboards" ? "dashboards" : "link",
    tags: list(one["tags"]).map((tag) => text(tag)),
    keepTime: flag(one["keepTime"]),
    includeVars: flag(one["includeVars"]),
    asDropdown: flag(one["asDropdown"]),
  };
}

/** Rows of both layouts: headings among the panels (Grafana 5 and later), and `rows` that hold theirs (before). */
function rowsOf(json: Json, reading: Reading): Row[] {
  if (!Array.isArray(json["panels"]) || (list(json["panels"]).length === 0 && list(json["rows"]).length > 0)) return oldRows(json, reading);
  const sorted = objects(json["panels"])
    .map((panel, index) => ({ panel, index, place: placeOf(panel["gridPos"], index) }))
    .sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x || a.index - b.index);
  const rows: { row: Row; panels: Panel[] }[] = [];
  const open = (row: Omit<Row, "panels" | "key">) => {
    const panels: Panel[] = [];
    rows.push({ row: { ...row, key: `row-${rows.length}`, panels }, panels });
    return panels;
  };
  let current: Panel[] | null = null;
  for (const { panel, place } of sorted) {
    if (panel["type"] !== "row") {
      current ??= open({ title: "", collapsed: false });
      current.push(...panelOf(panel, place, reading));
      continue;
    }
    const inside = objects(panel["panels"]).flatMap((one, index) => panelOf(one, placeOf(one["gridPos"], index), reading));
    const collapsed = flag(panel["collapsed"]);
    const row = defined({ title: text(panel["title"]), collapsed, repeat: text(panel["repeat"]) || undefined, tab: text(panel["tab"]) || undefined, headless: flag(panel["headless"]) || undefined });
    current = open(row);
    current.push(...inside);
    // panels below a collapsed row that are not inside it belong to no row
    if (collapsed && inside.length > 0) current = null;
  }
  return rows.map(({ row, panels }) => ({ ...row, panels: fromTop(panels) }));
}

/** Places count from the top of their row. */
function fromTop(panels: readonly Panel[]): Panel[] {
  const top = Math.min(...panels.map((panel) => panel.place.y));
  return panels.map((panel) => ({ ...panel, place: { ...panel.place, y: panel.place.y - top } }));
}

function placeOf(value: unknown, index: number): GridPlace {
  const given = object(value);
  const w = Math.min(24, Math.max(1, number(given["w"]) ?? 12));
  return {
    x: Math.min(24 - w, Math.max(0, number(given["x"]) ?? 0)),
    y: number(given["y"]) ?? index * 8,
    w,
    h: Math.max(1, number(given["h"]) ?? 8),
  };
}

const OLD_ROW_HEIGHT_PX = 250;

/** Before Grafana 5: rows of panels that share twelve columns and one height. */
function oldRows(json: Json, reading: Reading): Row[] {
  return objects(json["rows"]).map((row, index): Row => {
    const height = pixels(row["height"]) ?? OLD_ROW_HEIGHT_PX;
    let x = 0;
    let y = 0;
    let tallest = 0;
    const panels = objects(row["panels"]).flatMap((panel) => {
      const w = Math.min(24, Math.max(1, Math.round((number(panel["span"]) ?? 4) * 2)));
      const h = Math.max(3, Math.round((pixels(panel["height"]) ?? height) / 38));
      if (x + w > 24) {
        y += tallest;
        x = tallest = 0;
      }
      const place = { x, y, w, h };
      x += w;
      tallest = Math.max(tallest, h);
      return panelOf(panel, place, reading, 12);
    });
    const title = text(row["title"]);
    const isShown = flag(row["showTitle"]) || flag(row["collapse"]) || text(row["repeat"]) !== "";
    return defined({ key: `row-${index}`, title, collapsed: flag(row["collapse"]), panels, repeat: text(row["repeat"]) || undefined, headless: isShown && title !== "" ? undefined : true });
  });
}

const pixels = (value: unknown) => number(typeof value === "string" ? value.replace(/px$/, "") : value);

/** Numbers in files are missing and double; keys are neither. */
class Keys {
  private readonly used = new Set<string>();
  private next = 1;

  of(id: number | undefined): { key: string; id: number } {
    let key = `${id ?? ""}`;
    while (key === "" || this.used.has(key)) key = `n${this.next++}`;
    this.used.add(key);
    return { key, id: id ?? 100_000 + this.next };
  }
}

/** What is known while the panels of one dashboard are read. */
interface Reading {
  inputs: Inputs;
  keys: Keys;
  old: Older["OLD"] | null;
}

function panelOf(given: Json, place: GridPlace, { inputs, keys, old: conversions }: Reading, columns = 24): Panel[] {
  const old = text(given["type"]);
  if (old === "row") return []; // a row inside a row has nothing to draw
  const converted = convertPanel(given, conversions);
  const repeat = text(given["repeat"]);
  const minSpan = number(given["minSpan"]);
  const datasource = sourceRef(given["datasource"], inputs);
  const panel: Panel = {
    ...keys.of(number(given["id"])),
    type: converted.type,
    title: text(given["title"]),
    description: text(given["description"]),
    place,
    transparent: flag(given["transparent"]),
    datasource,
    targets: targetsOf(given, inputs),
    transformations: [...(converted.transformations ?? []), ...transformationsOf(given["transformations"])],
    fieldConfig: { defaults: converted.defaults, overrides: converted.overrides },
    options: converted.options,
    links: panelLinks(given["links"]),
    scope: {},
    losses: converted.losses ?? [],
    ...(text(given["interval"]) ? { interval: text(given["interval"]) } : {}),
    ...(number(given["maxDataPoints"]) ? { maxDataPoints: number(given["maxDataPoints"])! } : {}),
    ...(text(given["timeFrom"]) ? { timeFrom: text(given["timeFrom"]) } : {}),
    ...(flag(given["hideTimeOverride"]) ? { hidesTime: true as const } : {}),
    ...(text(given["timeShift"]) ? { timeShift: text(given["timeShift"]) } : {}),
    ...(repeat ? { repeat: { variable: repeat, direction: given["repeatDirection"] === "v" ? "v" : "h", maxPerRow: number(given["maxPerRow"]) ?? (minSpan ? Math.max(1, Math.floor(columns / minSpan)) : 4) } } : {}),
  };
  return [panel];
}

const transformationsOf = (value: unknown): Transformation[] =>
  objects(value).map((one) =>
    defined({ id: text(one["id"]), options: object(one["options"]), disabled: flag(one["disabled"]) || undefined, filter: isObject(one["filter"]) ? (one["filter"] as Transformation["filter"]) : undefined }),
  );

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

function targetsOf(given: Json, inputs: Inputs): Target[] {
  const used = new Set(objects(given["targets"]).map((target) => text(target["refId"])));
  const taken = new Set<string>();
  return objects(given["targets"]).map((query) => {
    let refId = text(query["refId"]);
    if (refId === "" || taken.has(refId)) refId = [...LETTERS].find((letter) => !used.has(letter)) ?? `Q${taken.size}`;
    taken.add(refId);
    used.add(refId);
    return { refId, datasource: sourceRef(query["datasource"], inputs), hide: flag(query["hide"]), query };
  });
}

function panelLinks(value: unknown): Panel["links"] {
  return objects(value).map((one) => {
    // before Grafana 7 a link named its dashboard
    const named = text(one["dashUri"]) || text(one["dashboard"]);
    const url = text(one["url"]) || (named ? `/dashboards?search=${encodeURIComponent(named.replace(/^db\//, "").replace(/-/g, " "))}` : "");
    const more = [text(one["params"]), flag(one["keepTime"]) ? "${__url_time_range}" : "", flag(one["includeVars"]) ? "${__all_variables}" : ""].filter(Boolean).join("&");
    return { title: text(one["title"]) || named || url, url: more === "" ? url : url + (url.includes("?") ? "&" : "?") + more, targetBlank: flag(one["targetBlank"]) };
  });
}

/** Queries that no source here can answer are named on their panel. */
function withSourceLosses(panel: Panel, board: Dashboard): Panel {
  const losses = new Set(panel.losses);
  for (const target of panel.targets) {
    if (target.hide) continue;
    const source = chooseSource(target, panel.datasource, board.variables);
    const hasText = text(target.query["expr"]) !== "" || text(target.query["query"]) !== "";
    if (source.kind === "foreign") losses.add(`query ${target.refId} needs a data source that is not here: ${source.name || "unknown"}`);
    else if (source.kind === "expression") losses.add(`query ${target.refId} is an expression that is not calculated here: ${text(target.query["type"], "unknown")}`);
    else if (source.kind === "alertmanager" && hasText) losses.add(`query ${target.refId} asks Alertmanager, which only the alerts pages do`);
    else if (source.kind === "grafana" && text(target.query["queryType"]) !== "" && target.query["queryType"] !== "snapshot") losses.add(`query ${target.refId} asks Grafana itself: ${text(target.query["queryType"])}`);
  }
  return losses.size === panel.losses.length ? panel : { ...panel, losses: [...losses] };
}

