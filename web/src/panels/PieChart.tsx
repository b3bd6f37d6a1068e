/** Shares of a whole as a pie or a ring, with values in the legend. */

import { useMemo, useState } from "preact/hooks";

import { textOn } from "../format/colors";
import { display, whole } from "../format/display";
import { unitFormat } from "../format/units";
import { textWidth } from "../draw/ink";
import { hideTooltip, showTooltip } from "../draw/tooltip";
import { Empty } from "./Empty";
import type { PanelProps } from "./panel";
import { useLinkMenu } from "./useLinkMenu";
import { reduceOptions, shownValues, type ShownValue } from "./values";

interface Slice {
  value: ShownValue;
  color: string;
  from: number;
  to: number;
  percent: string;
}

function slices(values: readonly ShownValue[], sort: string, theme: PanelProps["theme"], timeZone: string): Slice[] {
  const positive = values.filter((value) => value.shown.numeric > 0);
  if (sort !== "none") positive.sort((a, b) => (a.shown.numeric - b.shown.numeric) * (sort === "asc" ? 1 : -1));
  const total = positive.reduce((sum, value) => sum + value.shown.numeric, 0);
  let at = 0;
  return positive.map((value, index) => {
    const from = at;
    at += value.shown.numeric / total;
    const { text, suffix = "" } = unitFormat("percentunit")(value.shown.numeric / total, 0);
    // Rows of one column would all have the column's colour: each takes its own from the palette.
    const byRow = value.row !== null && value.field.config.color?.mode?.startsWith("palette");
    const field = byRow ? { ...value.field, state: { displayName: value.name, seriesIndex: index, range: null } } : value.field;
    const color = byRow ? display(field, theme, timeZone)(value.shown.numeric).color! : value.shown.color!;
    return { value, color, from, to: at, percent: text + suffix };
  });
}

function path(slice: Slice, x: number, y: number, outer: number, inner: number): string {
  const point = (radius: number, share: number): string => {
    const angle = share * Math.PI * 2 - Math.PI / 2;
    return `${(x + radius * Math.cos(angle)).toFixed(2)},${(y + radius * Math.sin(angle)).toFixed(2)}`;
  };
  const to = Math.min(slice.to, slice.from + 0.99999);
  const large = to - slice.from > 0.5 ? 1 : 0;
  const back = inner > 0 ? `L${point(inner, to)}A${inner},${inner} 0 ${large} 0 ${point(inner, slice.from)}` : `L${x},${y}`;
  return `M${point(outer, slice.from)}A${outer},${outer} 0 ${large} 1 ${point(outer, to)}${back}Z`;
}

function sliceLabel(slice: Slice, kinds: readonly string[]): string {
  return [kinds.includes("name") && slice.value.name, kinds.includes("value") && whole(slice.value.shown), kinds.includes("percent") && slice.percent].filter(Boolean).join(" ");
}

/** A label must fit between the edges of its slice. */
function fits(label: string, slice: Slice, outer: number): boolean {
  const share = Math.min(slice.to - slice.from, 0.5);
  return outer > 30 && textWidth(label) < outer * Math.min(1, 0.35 + Math.sin(share * Math.PI) * 1.1) && share > 0.03;
}

export default function PieChart({ panel, frames, theme, timeZone, width, height, interpolate }: PanelProps) {
  const links = useLinkMenu(interpolate);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { pieType = "pie", displayLabels = [], legend = {}, sort = "desc" } = panel.options as Record<string, any>;
  const values = useMemo(() => shownValues(frames, reduceOptions(panel.options), theme, timeZone), [frames, panel.options, theme, timeZone]);
  const all = useMemo(() => slices(values, sort, theme, timeZone), [values, sort, theme, timeZone]);
  const shown = useMemo(() => slices(values.filter((value) => !hidden.has(value.name)), sort, theme, timeZone), [values, hidden, sort]);
  if (!all.length) return <Empty panel={panel} frames={frames} height={height} />;
  const colors = new Map(all.map((slice) => [slice.value.name, slice.color]));
  const withLegend = legend.showLegend !== false && legend.displayMode !== "hidden";
  const right = withLegend && legend.placement !== "bottom" && width > 220;
  const legendSize = !withLegend ? 0 : right ? Math.min(width * 0.5, 220) : Math.min(height * 0.36, Math.ceil(all.length / Math.max(1, Math.floor(width / 140))) * 22 + 6);
  const [w, h] = [right ? width - legendSize : width, right ? height : height - legendSize];
  const outer = Math.max(8, Math.min(w, h) / 2 - 8);
  const inner = pieType === "donut" ? outer * 0.62 : 0;
  const tell = (slice: Slice) => (event: MouseEvent) => showTooltip("", [{ name: slice.value.name, color: colors.get(slice.value.name)!, text: `${whole(slice.value.shown)} (${slice.percent})`, numeric: 0, strong: false }], event.clientX, event.clientY);
  const told: readonly string[] = Array.isArray(legend.values) ? legend.values : [];
  const toggle = (name: string): void => setHidden((before) => (before.has(name) ? new Set([...before].filter((other) => other !== name)) : new Set([...before, name])));
  return (
    <div class={`wk-withlegend wk-anchored ${right ? "wk-withlegend-right" : ""}`} style={{ width: `${width}px`, height: `${height}px` }}>
      <svg width={w} height={h} role="img" aria-label={`${panel.title || "Pie"}: ${shown.map((slice) => `${slice.value.name} ${slice.percent}`).join(", ")}`} onMouseLeave={hideTooltip}>
        {shown.map((slice, index) => (
          <path key={index} d={path(slice, w / 2, h / 2, outer, inner)} fill={colors.get(slice.value.name)} stroke="var(--surface)" stroke-width="1.5" onMouseMove={tell(slice)} onClick={(event) => links.show(event, event.currentTarget.ownerSVGElement!.parentElement!, slice.value.name, slice.value.field, slice.value.row, whole(slice.value.shown), slice.value.frame.fields)} />
        ))}
        {shown.filter((slice) => fits(sliceLabel(slice, displayLabels), slice, outer)).map((slice, index) => {
          const angle = ((slice.from + slice.to) / 2) * Math.PI * 2 - Math.PI / 2;
          const radius = inner ? (outer + inner) / 2 : outer * 0.66;
          return <text key={index} class="wk-pie-label" x={w / 2 + radius * Math.cos(angle)} y={h / 2 + radius * Math.sin(angle) + 4} text-anchor="middle" fill={textOn(colors.get(slice.value.name)!)}>{sliceLabel(slice, displayLabels)}</text>;
        })}
      </svg>
      {withLegend && (
        <ul class={`wk-legend wk-legend-list ${right ? "wk-legend-right" : ""}`} style={right ? { width: `${legendSize}px`, height: `${height}px` } : { height: `${legendSize}px`, width: `${width}px` }}>
          {all.map((slice, index) => (
            <li key={index} class={hidden.has(slice.value.name) ? "wk-off" : ""}>
              <button type="button" class="wk-legend-name" aria-pressed={!hidden.has(slice.value.name)} title={slice.value.name} onClick={() => toggle(slice.value.name)}>
                <span class="wk-swatch" style={{ background: slice.color }} />
                <span class="wk-legend-text">{slice.value.name}</span>
              </button>
              {told.includes("value") && <span class="wk-legend-calc">{whole(slice.value.shown)}</span>}
              {told.includes("percent") && <span class="wk-legend-calc">{slice.percent}</span>}
            </li>
          ))}
        </ul>
      )}
      {links.menu}
    </div>
  );
}
