/** States over time, a row per column: as spans (state timeline) or as a cell per measurement (status history). */

import { useCallback, useMemo } from "preact/hooks";

import { FONT, ink, textWidth } from "../draw/ink";
import { tickLabels, timeTicks, TIME_STEPS } from "../draw/ticks";
import { hideTooltip, showTooltip, timeText } from "../draw/tooltip";
import { alpha, cssColor, textOn } from "../format/colors";
import { whole } from "../format/display";
import { seconds } from "../format/durations";
import { Canvas } from "./Canvas";
import { Empty } from "./Empty";
import type { PanelProps } from "./panel";
import { useLinkMenu } from "./useLinkMenu";
import { legendEntries, stateRows, type StateRow, type StateSpan } from "./statespans";

interface Layout {
  left: number;
  width: number;
  rowHeight: number;
  bottom: number;
}

function drawSpan(context: CanvasRenderingContext2D, span: StateSpan, x: number, to: number, y: number, height: number, look: { opacity: number; lineWidth: number; showValue: string; align: string }): void {
  const color = span.shown.color ?? "#808080";
  context.fillStyle = alpha(color, look.opacity);
  context.fillRect(x, y, Math.max(1, to - x - (to - x > 3 ? 1 : 0)), height);
  if (look.lineWidth > 0 && to - x > 3) {
    context.strokeStyle = color;
    context.lineWidth = look.lineWidth;
    context.strokeRect(x + look.lineWidth / 2, y + look.lineWidth / 2, to - x - 1 - look.lineWidth, height - look.lineWidth);
  }
  const text = whole(span.shown);
  const room = to - x - 8;
  if (look.showValue === "never" || height < 12 || (textWidth(text) > room && look.showValue !== "always") || room < 6) return;
  context.fillStyle = look.opacity > 0.55 ? textOn(color) : color;
  context.textBaseline = "middle";
  context.textAlign = look.align as CanvasTextAlign;
  const at = look.align === "center" ? (x + to) / 2 : look.align === "right" ? to - 6 : x + 4;
  context.save();
  context.beginPath();
  context.rect(x, y, to - x, height);
  context.clip();
  context.fillText(text, at, y + height / 2 + 0.5);
  context.restore();
}

const NAME_PX = 12;

function shortened(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  return `${text.slice(0, Math.max(1, Math.floor((text.length * (room - 10)) / textWidth(text))))}…`;
}

function describe(rows: readonly StateRow[]): string {
  return rows.slice(0, 8).map((row) => `${row.name} ${row.spans.length ? whole(row.spans.at(-1)!.shown) : "without data"}`).join(", ");
}

interface Drawing extends Pick<PanelProps, "range" | "theme" | "timeZone" | "width"> {
  rows: readonly StateRow[];
  layout: Layout;
  options: Readonly<Record<string, any>>;
  single: boolean;
}

function drawStates(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { rows, layout, options, range, theme, single } = drawing;
  const { left, width: room, rowHeight } = layout;
  const x = (time: number): number => left + Math.min(Math.max((time - range.from) / (range.to - range.from), 0), 1) * room;
  const thick = rowHeight * Math.min(1, Number(options.rowHeight ?? 0.9));
  const custom = (rows[0]?.field.config.custom ?? {}) as Record<string, any>;
  const look = { opacity: (Number(custom.fillOpacity ?? 70) || 70) / 100, lineWidth: Number(custom.lineWidth ?? 0), showValue: String(options.showValue ?? "auto"), align: String(options.alignValue ?? "left") };
  context.font = FONT;
  // names that would stand on each other: only as many as there is room for
  const every = Math.max(1, Math.ceil(NAME_PX / rowHeight));
  rows.forEach((row, index) => {
    const y = index * rowHeight + (rowHeight - thick) / 2;
    context.fillStyle = ink(theme).soft;
    context.textAlign = "right";
    context.textBaseline = "middle";
    if (index % every === 0) context.fillText(shortened(row.name, left - 12), left - 8, y + thick / 2);
    for (const each of row.spans) {
      if (each.to < range.from || each.from > range.to) continue;
      const [from, to] = [x(each.from), x(each.to)];
      const inner = single ? ((to - from) * (1 - Number(options.colWidth ?? 0.9))) / 2 : 0;
      drawSpan(context, each, from + inner, Math.max(from + inner + 1, to - inner), y, thick, look);
    }
  });
  drawTimes(context, drawing, x);
}

function drawTimes(context: CanvasRenderingContext2D, { layout, range, theme, timeZone, width }: Drawing, x: (time: number) => number): void {
  const span = range.to - range.from;
  const step = TIME_STEPS.find((each) => (each / span) * layout.width > 70) ?? TIME_STEPS.at(-1)!;
  const ticks = timeTicks(range.from, range.to, step, timeZone);
  context.fillStyle = ink(theme).soft;
  context.textAlign = "center";
  tickLabels(ticks, step, span, timeZone).forEach((text, index) => {
    const at = x(ticks[index]!);
    if (at + textWidth(text) / 2 < width) context.fillText(text, at, layout.bottom + 12);
  });
}

function States({ panel, frames, range, timeZone, theme, width, height, single, interpolate }: PanelProps & { single: boolean }) {
  const links = useLinkMenu(interpolate);
  const options = panel.options as Record<string, any>;
  const rows = useMemo(() => stateRows(frames, { merge: options.mergeValues !== false && !single, single, end: range.to, theme, timeZone }), [frames, options, range.to, theme, timeZone, single]);
  const withLegend = options.legend?.showLegend !== false && options.legend?.displayMode !== "hidden" && height > 100;
  const entries = useMemo(() => (withLegend ? legendEntries(rows) : []), [rows, withLegend]);
  const legendHeight = entries.length ? Math.min(height * 0.3, 26) : 0;
  const layout: Layout = useMemo(() => {
    const left = Math.min(width * 0.35, Math.max(0, ...rows.map((row) => textWidth(row.name))) + 14);
    const bottom = height - legendHeight - 22;
    return { left, width: width - left - 12, rowHeight: bottom / Math.max(1, rows.length), bottom };
  }, [rows, width, height, legendHeight]);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => drawStates(context, { rows, layout, options, range, theme, timeZone, single, width }),
    [rows, layout, range.from, range.to, theme, timeZone, options, single, width],
  );
  if (!rows.length) return <Empty panel={panel} frames={frames} height={height} why={frames.length ? "no-time" : "no-data"} />;
  const under = (x: number, y: number): { row: StateRow; span: StateSpan } | null => {
    const row = y <= layout.bottom ? rows[Math.floor(y / layout.rowHeight)] : undefined;
    const time = range.from + ((x - layout.left) / layout.width) * (range.to - range.from);
    const span = row?.spans.find((each) => each.from <= time && time < each.to);
    return row && span ? { row, span } : null;
  };
  const onClick = (event: MouseEvent, x: number, y: number): void => {
    const found = under(x, y);
    if (found) links.show(event, (event.currentTarget as Element).parentElement!, found.row.name, { ...found.row.field, values: [found.span.value] }, 0, whole(found.span.shown));
  };
  const onPoint: Parameters<typeof Canvas>[0]["onPoint"] = (at) => {
    const found = at && under(at.x, at.y);
    if (!at || !found) return hideTooltip();
    const { row, span } = found;
    const lasted = seconds((span.to - span.from) / 1000, 1);
    const told = { name: row.name, color: span.shown.color ?? cssColor("text", theme), text: whole(span.shown), numeric: span.shown.numeric, strong: false };
    showTooltip(`${timeText(span.from, range.to - range.from, timeZone)}, for ${lasted.text}${lasted.suffix}`, [told], at.clientX, at.clientY);
  };
  return (
    <div class="wk-anchored" style={{ width: `${width}px`, height: `${height}px` }}>
      <Canvas width={width} height={height - legendHeight} label={`${panel.title || "States"}: ${describe(rows)}`} draw={draw} onPoint={onPoint} onClick={onClick} />
      {links.menu}
      {legendHeight > 0 && (
        <ul class="wk-legend wk-legend-list" style={{ width: `${width}px`, height: `${legendHeight}px` }}>
          {entries.map((entry, index) => <li key={index}><span class="wk-swatch" style={{ background: entry.color }} />{entry.text}</li>)}
        </ul>
      )}
    </div>
  );
}

export function StateTimeline(props: PanelProps) {
  return <States {...props} single={false} />;
}

export function StatusHistory(props: PanelProps) {
  return <States {...props} single />;
}
