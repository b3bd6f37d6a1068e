/** What of a panel's options and columns the component of its type does not draw, in words for a person. Pure. */

import type { Panel } from "../dashboard/model";

type Options = Readonly<Record<string, any>>;

/** Every value that defaults and overrides give a setting of `custom`. */
function customValues(panel: Panel, name: string): unknown[] {
  const found: unknown[] = [];
  const fromDefaults = (panel.fieldConfig.defaults.custom as Options | undefined)?.[name];
  if (fromDefaults !== undefined) found.push(fromDefaults);
  for (const override of panel.fieldConfig.overrides) for (const { id, value } of override.properties) if (id === `custom.${name}`) found.push(value);
  return found;
}

function when(condition: boolean, words: string): string[] {
  return condition ? [words] : [];
}

export function graphLosses(panel: Panel): string[] {
  const options = panel.options as Options;
  return [
    ...when(options.orientation === "vertical", "Time runs from left to right here, not downwards."),
    ...when(Array.isArray(options.timezone) && options.timezone.length > 1, "Only the first of several time zones has an axis."),
    ...when(customValues(panel, "showValues").includes(true), "Values are not written beside the points."),
    ...when(options.timeCompare !== undefined && options.timeCompare !== null, "The comparison with an earlier time is left out."),
  ];
}

const DRAWN_CELLS = new Set(["auto", "color-text", "color-background", "gauge", "sparkline", "json-view", "image", "pill", "data-links", "color-background-solid", "gradient-gauge", "lcd-gauge", "basic"]);

export function tableLosses(panel: Panel): string[] {
  const kinds = [...customValues(panel, "cellOptions").map((value) => (value as Options | null)?.type), ...customValues(panel, "displayMode")];
  const unknown = new Set(kinds.filter((kind) => typeof kind === "string" && !DRAWN_CELLS.has(kind)));
  const frozen = Number((panel.options as Options).frozenColumns?.left) > 0;
  return [...[...unknown].map((kind) => `Cells of the kind "${String(kind)}" are shown as text.`), ...when(frozen, "Frozen columns scroll with the others.")];
}

export function xyLosses(panel: Panel): string[] {
  const series = ((panel.options as Options).series ?? []) as readonly Options[];
  return when(series.some((each) => each.size?.matcher || each.color?.matcher || each.pointColor?.field || each.pointSize?.field), "Points have one size and colour for each series.");
}

function hasLinks(panel: Panel): boolean {
  return Boolean(panel.fieldConfig.defaults.links?.length) || panel.fieldConfig.overrides.some((override) => override.properties.some(({ id, value }) => id === "links" && Array.isArray(value) && value.length > 0));
}

/** Types whose values cannot be clicked. */
export function linkLosses(panel: Panel): string[] {
  return when(hasLinks(panel), "Links of values are left out.");
}

export function alertListLosses(panel: Panel): string[] {
  const options = panel.options as Options;
  return [...when(options.dashboardAlerts === true, "Alerts of all dashboards are listed."), ...when(Boolean(options.folder?.uid ?? options.folder?.title ?? options.folder?.id), "Alerts of all folders are listed.")];
}

export function dashListLosses(panel: Panel): string[] {
  const options = panel.options as Options;
  const onlyOwn = (options.showStarred === true || options.showRecentlyViewed === true) && options.showSearch !== true;
  return when(onlyOwn, "Starred and recently viewed dashboards are not kept: all dashboards are listed.");
}

export function nothingDrawn(panel: Panel): string[] {
  return [`The panel type "${panel.type}" is not drawn.`];
}
