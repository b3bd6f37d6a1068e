/** Where panels stand on the screen: from the grid of 24 columns to pixels. Pure. */

import type { GridPlace, Panel, Row } from "./model";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Placed {
  panel: Panel;
  row: Row;
  rect: Rect;
}

export interface Heading {
  row: Row;
  y: number;
  open: boolean;
}

export interface Layout {
  headings: readonly Heading[];
  panels: readonly Placed[];
  /** Of everything, in pixels. */
  height: number;
}

const COLUMNS = 24;
const UNIT_PX = 30;
export const GAP_PX = 8;
export const HEADING_PX = 36;
/** Below this width panels stand under each other. */
export const NARROW_PX = 700;
const NARROW_HEIGHT_PX = 300;

/** `isOpen` tells for a row's key whether its panels are shown. */
export function layOut(rows: readonly Row[], width: number, isOpen: (row: Row) => boolean): Layout {
  const headings: Heading[] = [];
  const panels: Placed[] = [];
  let y = 0;
  for (const row of rows) {
    const hasHeading = row.headless !== true && (row.title !== "" || row.collapsed || row.repeat !== undefined || row.key !== "row-0");
    const open = !hasHeading || isOpen(row);
    if (hasHeading) {
      headings.push({ row, y, open });
      y += HEADING_PX;
    }
    if (!open) continue;
    const placed = width < NARROW_PX ? oneColumn(row, width, y) : grid(row, width, y);
    panels.push(...placed);
    const bottom = Math.max(y, ...placed.map(({ rect }) => rect.y + rect.height + GAP_PX));
    y = bottom;
  }
  return { headings, panels, height: y };
}

function grid(row: Row, width: number, top: number): Placed[] {
  const column = (width - GAP_PX * (COLUMNS - 1)) / COLUMNS;
  return compacted(row.panels).map(({ panel, place }) => {
    const x = Math.round(place.x * (column + GAP_PX));
    const right = Math.round((place.x + place.w) * (column + GAP_PX) - GAP_PX);
    return { panel, row, rect: { x, y: top + place.y * (UNIT_PX + GAP_PX), width: right - x, height: place.h * (UNIT_PX + GAP_PX) - GAP_PX } };
  });
}

function oneColumn(row: Row, width: number, top: number): Placed[] {
  let y = top;
  return [...row.panels]
    .sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x)
    .map((panel) => {
      const full = panel.place.h * (UNIT_PX + GAP_PX) - GAP_PX;
      const rect = { x: 0, y, width, height: panel.type === "timeseries" ? Math.min(full, NARROW_HEIGHT_PX) : full };
      y += rect.height + GAP_PX;
      return { panel, row, rect };
    });
}

/** As Grafana's grid does: each panel moves up until it meets another, and none lies on another. */
export function compacted(panels: readonly Panel[]): { panel: Panel; place: GridPlace }[] {
  const heights = new Array<number>(COLUMNS).fill(0);
  const sorted = [...panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  return sorted.map((panel) => {
    const { x, w, h } = panel.place;
    const until = Math.min(COLUMNS, x + w);
    let y = 0;
    for (let at = x; at < until; at += 1) y = Math.max(y, heights[at]!);
    heights.fill(y + h, x, until);
    return { panel, place: { x, y, w, h } };
  });
}

/** Panels that can be seen, or nearly, when the page is scrolled to `top`. */
export const inView = (layout: Layout, top: number, height: number): Placed[] =>
  layout.panels.filter(({ rect }) => rect.y < top + height + AHEAD_PX && rect.y + rect.height > top - AHEAD_PX);

const AHEAD_PX = 250;
