/** A graph on a canvas: made once, given new data on refresh, drawn only while it can be seen. Pointer, keyboard and crosshair live here. */

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./draw.css";

import type { Interpolate } from "../format/apply";
import type { Theme } from "../format/colors";
import type { Field, TimeRange } from "../frame/frame";
import type { AnnotationMark, Crosshair } from "../panels/panel";
import { numberAxis, scaleOptions, timeAxis, valueAxis } from "./axes";
import { DataTable } from "./DataTable";
import { ink } from "./ink";
import { drawAnnotations, drawThresholds } from "./marks";
import type { Plan } from "./plan";
import { bandsOf, seriesOptions } from "./series";
import { LinkMenu, linksAt, type OpenLinks } from "./LinkMenu";
import { hideTooltip, rowsAt, showTooltip, textOf, timeText, type TooltipOptions } from "./tooltip";
import { useVisible } from "./visible";

export interface GraphProps {
  plan: Plan;
  /** null: x holds numbers, and its bounds follow the data. */
  range: TimeRange | null;
  xField?: Field;
  xLabel?: string;
  timeZone: string;
  theme: Theme;
  width: number;
  height: number;
  label: string;
  tooltip: TooltipOptions;
  crosshair?: Crosshair;
  annotations?: readonly AnnotationMark[];
  onZoom?: (range: TimeRange) => void;
  /** Needed for the links of lines. */
  interpolate?: Interpolate;
}

/** What makes a new canvas necessary; anything else is new data for the one that is there. */
function structure(plan: Plan, props: GraphProps): string {
  const lines = plan.lines.map((line) => [line.name, line.color, line.scale, line.style, line.below, line.hidden, line.base !== null]);
  const scales = plan.scales.map(({ field, ...scale }) => [scale, field.config.unit, field.config.decimals]);
  return JSON.stringify([lines, scales, props.theme, props.timeZone, props.range === null, props.width < 260 || props.height < 120, props.tooltip.proximity]);
}

/** The nearest row with a measurement: series that were scraped at other moments still have a value to tell. */
function nearestRow(graph: uPlot, series: number, row: number): number {
  const values = graph.data[series] as ArrayLike<unknown> | undefined;
  if (!values || series === 0 || values[row] !== undefined) return row;
  for (let away = 1; away < 30; away++) {
    if (values[row - away] != null) return row - away;
    if (values[row + away] != null) return row + away;
  }
  return row;
}

type Live = { current: GraphProps };

function focusedLine(graph: uPlot, live: Live): number | null {
  const { left = -1, top = -1, idxs = [] } = graph.cursor;
  if (left < 0) return null;
  let best: number | null = null;
  let least = live.current.tooltip.proximity ?? Infinity;
  live.current.plan.lines.forEach((line, place) => {
    const row = idxs[place + 1];
    const value = row == null ? null : line.values[row];
    if (line.hidden || value == null) return;
    const away = Math.abs(graph.valToPos(value, line.scale) - top);
    if (away < least) [best, least] = [place, away];
  });
  return best;
}

function marksNear(graph: uPlot, live: Live): AnnotationMark[] {
  const left = graph.cursor.left ?? -1;
  return (live.current.annotations ?? []).filter((mark) => {
    const from = graph.valToPos(mark.from, "x");
    return left >= from - 5 && left <= (mark.to === undefined ? from : graph.valToPos(mark.to, "x")) + 5;
  });
}

function headOf(graph: uPlot, live: Live, row: number): string {
  const x = (graph.data[0] as ArrayLike<number>)[row];
  if (x === undefined) return "";
  const { range, xField, timeZone, theme } = live.current;
  if (range) return timeText(x, range.to - range.from, timeZone);
  return xField ? textOf({ field: xField } as never, theme, timeZone)(x) : String(x);
}

function onCursor(graph: uPlot, live: Live, id: string): void {
  const { idx, event, left = -1, top = -1, idxs = [] } = graph.cursor;
  const { crosshair, tooltip, plan, theme, timeZone, range } = live.current;
  if (!event) return;
  if (left < 0 || idx == null) {
    crosshair?.moveTo(null, id);
    return hideTooltip();
  }
  if (range) crosshair?.moveTo(graph.posToVal(left, "x"), id);
  const rows = rowsAt(plan.lines, idxs, focusedLine(graph, live), tooltip, theme, timeZone);
  const box = graph.over.getBoundingClientRect();
  showTooltip(headOf(graph, live, idx), rows, box.left + left, box.top + top, marksNear(graph, live), tooltip.maxHeight);
}

function onSelect(graph: uPlot, live: Live): void {
  const { left, width } = graph.select;
  if (width > 4 && live.current.range) live.current.onZoom?.({ from: Math.round(graph.posToVal(left, "x")), to: Math.round(graph.posToVal(left + width, "x")) });
  if (width > 0) graph.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function optionsOf(live: Live, id: string): uPlot.Options {
  const { plan, range, theme, timeZone, width, height, xField, xLabel, tooltip } = live.current;
  const colors = ink(theme);
  const small = width < 260 || height < 120;
  const xAxis = range ? timeAxis(colors, timeZone, height > 70) : numberAxis(xField, colors, timeZone, height > 70, xLabel);
  const scales: Record<string, uPlot.Scale> = {
    x: range ? { time: true, range: () => [live.current.range!.from, live.current.range!.to] } : { time: false },
  };
  for (const scale of plan.scales) scales[scale.key] = scaleOptions(scale);
  return {
    width,
    height,
    ms: 1,
    padding: [8, plan.scales.some((scale) => scale.side === "right") ? 0 : 16, height > 70 ? 0 : 4, plan.scales.some((scale) => scale.side === "left") ? 0 : 8],
    legend: { show: false },
    scales,
    axes: [xAxis, ...plan.scales.map((scale, index) => valueAxis(scale, index, colors, timeZone, small))],
    series: [{}, ...plan.lines.map((line) => seriesOptions(line, theme))],
    bands: bandsOf(plan),
    cursor: {
      y: false,
      dataIdx: (graph, series, row) => nearestRow(graph, series, row),
      drag: { x: live.current.onZoom !== undefined && range !== null, y: false, setScale: false },
      points: { size: 7, width: 1.5, stroke: colors.surface, fill: (_, series) => live.current.plan.lines[series - 1]?.color ?? colors.text },
      ...(tooltip.proximity ? { hover: { prox: tooltip.proximity } } : {}),
    },
    hooks: {
      drawAxes: [(graph) => drawThresholds(graph, live.current.plan, live.current.theme)],
      draw: [(graph) => drawAnnotations(graph, live.current.annotations ?? [], live.current.theme)],
      setCursor: [(graph) => onCursor(graph, live, id)],
      setSelect: [(graph) => onSelect(graph, live)],
    },
  };
}

function dataOf(plan: Plan): uPlot.AlignedData {
  return [plan.x as number[], ...plan.lines.map((line) => line.values as number[])];
}

/** Arrow keys walk along the measurements; what stands there is told. */
function useKeyboard(graph: { current: uPlot | null }, live: Live) {
  const row = useRef<number | null>(null);
  const [told, setTold] = useState("");
  const move = (to: number): void => {
    const made = graph.current;
    const { plan, theme, timeZone } = live.current;
    const last = plan.x.length - 1;
    if (!made || last < 0) return;
    row.current = Math.min(Math.max(to, 0), last);
    const left = made.valToPos(plan.x[row.current]!, "x");
    made.setCursor({ left, top: made.over.clientHeight / 3 }, true);
    const rows = rowsAt(plan.lines, plan.lines.length ? [row.current, ...plan.lines.map(() => row.current)] : [], null, { mode: "multi", sort: "none", hideZeros: false, maxHeight: 0, proximity: null }, theme, timeZone);
    const head = headOf(made, live, row.current);
    const box = made.over.getBoundingClientRect();
    showTooltip(head, rows, box.left + left, box.top + box.height / 3);
    setTold(`${head}: ${rows.slice(0, 12).map((each) => `${each.name} ${each.text}`).join(", ") || "no value"}`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = live.current.plan.x.length - 1;
    const page = Math.max(1, Math.round(last / 10));
    const here = row.current ?? last;
    const target = { ArrowLeft: here - 1, ArrowRight: here + 1, PageUp: here - page, PageDown: here + page, Home: 0, End: last }[event.key];
    if (event.key === "Escape") leave();
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(event.shiftKey ? here + (target - here) * 10 : target);
  };
  const leave = (): void => {
    if (row.current === null) return;
    row.current = null;
    graph.current?.setCursor({ left: -10, top: -10 }, false);
    hideTooltip();
  };
  return { told, onKeyDown, onBlur: leave };
}

interface Canvas {
  place: { current: HTMLDivElement | null };
  graph: { current: uPlot | null };
  live: Live;
  id: string;
  /** Another key needs another canvas. */
  key: string;
  visible: boolean;
  onLinks: (open: OpenLinks | null) => void;
}

/** Makes the canvas when it comes into sight and keeps it; out of sight it is not given new data. Tells whether it was ever in sight. */
function useCanvas({ place, graph, live, id, key, visible, onLinks }: Canvas): boolean {
  const { plan, range, width, height, annotations } = live.current;
  const wanted = useRef(false);
  wanted.current ||= visible;
  const hasRoom = width >= 20 && height >= 20;
  const shows = [range?.from, range?.to].join();
  const drawn = useRef<{ plan: Plan; shows: string } | null>(null);

  useEffect(() => {
    if (!wanted.current || !place.current || !hasRoom) return undefined;
    const made = new uPlot(optionsOf(live, id), dataOf(live.current.plan), place.current);
    made.ctx.canvas.setAttribute("role", "img");
    made.ctx.canvas.setAttribute("aria-label", live.current.label);
    made.over.addEventListener("click", (event) => onLinks(linksAt(made, live.current, focusedLine(made, live), event)));
    graph.current = made;
    drawn.current = { plan: live.current.plan, shows };
    return () => {
      if ((made.cursor.left ?? -1) >= 0) hideTooltip();
      made.destroy();
      graph.current = null;
    };
  }, [wanted.current, key, hasRoom]);

  useEffect(() => {
    const made = graph.current;
    if (made && (made.width !== width || made.height !== height)) made.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const made = graph.current;
    if (!made || !visible || (drawn.current?.plan === plan && drawn.current.shows === shows)) return;
    drawn.current = { plan, shows };
    made.setData(dataOf(plan));
    made.ctx.canvas.setAttribute("aria-label", live.current.label);
  }, [plan, shows, visible]);

  useEffect(() => void graph.current?.redraw(false), [annotations]);
  return wanted.current;
}

export function Graph(props: GraphProps) {
  const { plan, range, theme, width, height, label, crosshair } = props;
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const graph = useRef<uPlot | null>(null);
  const live = useRef(props);
  live.current = props;
  const visible = useVisible(place);
  const key = useMemo(() => structure(plan, props), [plan, theme, props.timeZone, range === null, width < 260, height < 120]);
  const [menu, setMenu] = useState<OpenLinks | null>(null);
  const wanted = useCanvas({ place, graph, live, id, key, visible, onLinks: setMenu });
  const keyboard = useKeyboard(graph, live);
  useEffect(
    () =>
      crosshair?.listen((time, from) => {
        const made = graph.current;
        if (!made || from === id || !live.current.range) return;
        made.setCursor(time === null ? { left: -10, top: -10 } : { left: made.valToPos(time, "x"), top: -10 }, false);
      }),
    [crosshair],
  );

  return (
    <div class="wk-graph" tabIndex={0} role="group" aria-roledescription="graph" aria-label={label} onKeyDown={keyboard.onKeyDown} onBlur={keyboard.onBlur}>
      <div ref={place} class="wk-graph-canvas" style={{ width: `${width}px`, height: `${height}px` }} />
      <div class="wk-sr" aria-live="polite">{keyboard.told}</div>
      {menu && <LinkMenu open={menu} onClose={() => setMenu(null)} />}
      {wanted && <DataTable plan={plan} label={label} isTime={range !== null} theme={theme} timeZone={props.timeZone} />}
    </div>
  );
}
