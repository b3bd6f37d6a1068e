/** Bars over names instead of times, and histograms, as SVG. */

import { useMemo, useState } from "preact/hooks";

import { tickTexts } from "../draw/axes";
import { textWidth } from "../draw/ink";
import { Legend, legendOptions, legendSpace } from "../draw/Legend";
import { plan as makePlan, type Line } from "../draw/plan";
import { stepsFor } from "../draw/ticks";
import { hideTooltip, rowsAt, showTooltip, tooltipOptions } from "../draw/tooltip";
import { textOn } from "../format/colors";
import { display, isColoredByValue, whole } from "../format/display";
import { fieldName } from "../format/names";
import type { Field, Frame } from "../frame/frame";
import { buildHistogram } from "../transform/histogram";
import { Empty } from "./Empty";
import type { PanelProps } from "./panel";
import { useLinkMenu } from "./useLinkMenu";

type Options = Readonly<Record<string, any>>;

/** What stands below the bars: a column of texts, else of times, else the row's number. */
function categories(frame: Frame, chosen: string | undefined): Field | undefined {
  return frame.fields.find((field) => chosen && fieldName(field, frame) === chosen) ?? frame.fields.find((field) => field.type === "string") ?? frame.fields.find((field) => field.type === "time");
}

interface Bars {
  names: string[];
  lines: Line[];
}

/** The lines of a graph over row numbers: stacking, colours and hiding are the same. */
function barsOf(frame: Frame, names: readonly string[], x: Field | undefined, theme: PanelProps["theme"], hidden: ReadonlySet<string>): Bars {
  const places: Field = { name: "__row", type: "number", values: names.map((_, row) => row), config: {} };
  const fields = frame.fields.filter((field) => field !== x && field.type === "number" && field.name !== "xMin" && field.name !== "xMax");
  const made = makePlan([{ ...frame, fields: [places, ...fields] }], { theme, hidden, time: false, x: "__row" });
  return { names: [...names], lines: made.lines };
}

function bounds(lines: readonly Line[]): [number, number] {
  let [low, high] = [0, 0];
  for (const line of lines) {
    if (line.hidden) continue;
    for (const value of line.values) if (value != null) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  const config = lines[0]?.field.config;
  const [min, max] = [config?.min ?? low, config?.max ?? (high === 0 ? 1 : high * 1.05)];
  return max > min ? [min, max] : [min, min + 1];
}

function ticksBetween(min: number, max: number, room: number, unit: string | undefined): number[] {
  const step = stepsFor(unit).find((each) => ((each / (max - min)) * room > 34)) ?? max - min;
  const found: number[] = [];
  for (let tick = Math.ceil(min / step) * step; tick <= max + step * 1e-9 && found.length < 50; tick += step) found.push(Number(tick.toPrecision(12)));
  return found;
}

interface ChartProps {
  bars: Bars;
  width: number;
  height: number;
  horizontal: boolean;
  groupWidth: number;
  barWidth: number;
  stacked: boolean;
  /** Each row's colour, where another column decides it. */
  colors: readonly (string | undefined)[] | null;
  showValue: string;
  theme: PanelProps["theme"];
  timeZone: string;
  label: string;
  rotation: number;
  tooltip: ReturnType<typeof tooltipOptions>;
  onPick(event: MouseEvent, line: Line, row: number, text: string): void;
  /** Names stand at the edges between bars instead of below them. */
  edges: boolean;
}

function Chart(props: ChartProps) {
  const { bars, width, height, horizontal, theme, timeZone, stacked, rotation, edges } = props;
  const lines = bars.lines.filter((line) => !line.hidden);
  const field = (lines[0] ?? bars.lines[0])!.field;
  const [min, max] = bounds(bars.lines);
  const longest = Math.max(0, ...bars.names.map((name) => textWidth(name)));
  const valueTexts = (ticks: readonly number[]): string[] => tickTexts(field, ticks, field.config.custom?.stacking !== undefined && (field.config.custom.stacking as Options).mode === "percent", timeZone);
  const guess = valueTexts(ticksBetween(min, max, horizontal ? width : height, field.config.unit));
  const valueRoom = horizontal ? 22 : Math.max(24, ...guess.map((text) => textWidth(text))) + 10;
  const turned = !horizontal && rotation !== 0;
  const nameRoom = horizontal ? Math.min(width * 0.35, longest + 12) : turned ? Math.min(height * 0.4, longest * Math.abs(Math.sin((rotation * Math.PI) / 180)) + 16) : 20;
  const [left, bottom] = horizontal ? [nameRoom, valueRoom] : [valueRoom, nameRoom];
  const [w, h] = [Math.max(10, width - left - 10), Math.max(10, height - bottom - 8)];
  const along = horizontal ? h : w;
  const slot = along / Math.max(1, bars.names.length);
  const at = (value: number): number => (horizontal ? left + ((value - min) / (max - min)) * w : 8 + h - ((value - min) / (max - min)) * h);
  const ticks = ticksBetween(min, max, horizontal ? w : h, field.config.unit);
  const texts = valueTexts(ticks);
  const every = horizontal ? Math.max(1, Math.ceil(16 / slot)) : turned ? Math.max(1, Math.ceil(14 / slot)) : Math.max(1, Math.ceil((longest + 10) / slot));
  const thick = edges ? slot - 1 : (slot * props.groupWidth) / (stacked ? 1 : Math.max(1, lines.length));
  const writes = lines.map((line) => display(line.field, theme, timeZone));
  const tell = (row: number) => (event: MouseEvent) => showTooltip(bars.names[row]!, rowsAt(bars.lines, [row, ...bars.lines.map(() => row)], null, { ...props.tooltip, mode: "multi" }, theme, timeZone), event.clientX, event.clientY);
  return (
    <svg width={width} height={height} role="img" aria-label={props.label} onMouseLeave={hideTooltip} class="wk-chart">
      {ticks.map((tick, index) => (horizontal ? <g key={index}><line x1={at(tick)} x2={at(tick)} y1={8} y2={8 + h} /><text x={at(tick)} y={8 + h + 14} text-anchor="middle">{texts[index]}</text></g> : <g key={index}><line x1={left} x2={left + w} y1={at(tick)} y2={at(tick)} /><text x={left - 6} y={at(tick) + 4} text-anchor="end">{texts[index]}</text></g>))}
      {bars.names.map((name, row) => {
        const middle = (horizontal ? 8 : left) + slot * (row + (edges ? 0 : 0.5));
        if (row % every) return null;
        if (horizontal) return <text key={row} x={left - 6} y={middle + 4} text-anchor="end">{shorten(name, nameRoom - 8)}</text>;
        return <text key={row} x={middle} y={8 + h + 14} text-anchor={turned ? (rotation > 0 ? "start" : "end") : "middle"} transform={turned ? `rotate(${rotation} ${middle} ${8 + h + 10})` : undefined}>{name}</text>;
      })}
      {lines.map((line, place) => line.values.map((value, row) => {
        if (value == null) return null;
        const base = at(line.base?.[row] ?? Math.max(min, Math.min(max, 0)));
        const end = at(value);
        const own = writes[place]!(line.raw[row]);
        const color = props.colors?.[row] ?? (isColoredByValue(line.field) ? own.color : line.color);
        const size = thick * (edges ? 1 : props.barWidth);
        const start = (horizontal ? 8 : left) + slot * row + (edges ? 0.5 : (slot * (1 - props.groupWidth)) / 2 + (stacked ? 0 : thick * place) + (thick - size) / 2);
        const box = horizontal ? { x: Math.min(base, end), y: start, width: Math.abs(end - base), height: size } : { x: start, y: Math.min(base, end), width: size, height: Math.abs(end - base) };
        const text = whole(own);
        const told = props.showValue === "always" || (props.showValue === "auto" && (horizontal ? size > 14 : size > textWidth(text) + 4));
        return (
          <g key={`${place} ${row}`} onMouseMove={tell(row)} onClick={(event) => props.onPick(event, line, row, text)}>
            <rect {...box} fill={color} fill-opacity={line.style.fill || 0.8} stroke={line.style.width ? color : "none"} rx={1} />
            {told && !stacked && <text x={horizontal ? Math.min(end + 4, left + w - textWidth(text)) : start + size / 2} y={horizontal ? start + size / 2 + 4 : Math.max(14, Math.min(base, end) - 4)} text-anchor={horizontal ? "start" : "middle"} class="wk-chart-value">{text}</text>}
            {told && stacked && Math.abs(end - base) > (horizontal ? textWidth(text) + 4 : 14) && <text x={horizontal ? (base + end) / 2 : start + size / 2} y={(horizontal ? start + size / 2 : (base + end) / 2) + 4} text-anchor="middle" style={{ fill: textOn(color ?? "") }}>{text}</text>}
          </g>
        );
      }))}
    </svg>
  );
}

function shorten(text: string, room: number): string {
  return textWidth(text) <= room ? text : `${text.slice(0, Math.max(1, Math.floor((text.length * (room - 8)) / textWidth(text))))}…`;
}

function Drawn({ props, frame, names, x, edges, look }: { props: PanelProps; frame: Frame; names: readonly string[]; x: Field | undefined; edges: boolean; look: Pick<ChartProps, "horizontal" | "groupWidth" | "barWidth" | "stacked" | "showValue" | "rotation" | "colors"> }) {
  const { panel, frames, theme, timeZone, width, height } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const links = useLinkMenu(props.interpolate);
  const bars = useMemo(() => barsOf(frame, names, x, theme, hidden), [frame, names, theme, hidden]);
  const options = useMemo(() => legendOptions(panel.options.legend as never), [panel.options]);
  if (!bars.lines.length || !names.length) return <Empty panel={panel} frames={frames} height={height} why={frames.length ? "no-numbers" : "no-data"} />;
  const space = legendSpace(bars.lines, options, width, height);
  const right = options.right && space.width > 0 && space.width < width;
  const summary = bars.names.slice(0, 10).map((name, row) => `${name} ${bars.lines.map((line) => whole(display(line.field, theme, timeZone)(line.raw[row]))).join(" ")}`);
  return (
    <div class={`wk-withlegend wk-anchored ${right ? "wk-withlegend-right" : ""}`} style={{ width: `${width}px`, height: `${height}px` }}>
      <Chart {...look} onPick={(event, line, row, text) => links.show(event, (event.currentTarget as SVGElement).ownerSVGElement!.parentElement!, names[row]!, line.field, row, text, frame.fields)} bars={bars} edges={edges} width={right ? width - space.width : width} height={right ? height : height - space.height} theme={theme} timeZone={timeZone} tooltip={tooltipOptions(panel.options.tooltip as never)} label={`${panel.title || "Bars"}: ${summary.join(", ")}${bars.names.length > 10 ? " and more" : ""}`} />
      {space.height > 0 && <Legend lines={bars.lines} options={options} hidden={hidden} onHidden={setHidden} theme={theme} timeZone={timeZone} width={space.width} height={space.height} />}
      {links.menu}
    </div>
  );
}

export function BarChart(props: PanelProps) {
  const { panel, frames, theme, timeZone, width, height } = props;
  const options = panel.options as Options;
  const frame = frames.find((each) => each.fields.some((field) => field.type === "number"));
  const x = frame && categories(frame, options.xField);
  const names = useMemo(() => {
    if (!frame) return [];
    const write = x && display(x, theme, timeZone);
    return Array.from({ length: Math.min(frame.length, 400) }, (_, row) => (write ? whole(write(x.values[row])) : String(row + 1)));
  }, [frame, x, theme, timeZone]);
  if (!frame) return <Empty panel={panel} frames={frames} height={height} />;
  const horizontal = options.orientation === "horizontal" || (options.orientation === "auto" && width < height);
  const stacked = options.stacking === "normal" || options.stacking === "percent";
  const stacking = stacked ? { stacking: { mode: options.stacking, group: "A" } } : {};
  const configured = { ...frame, fields: frame.fields.map((field) => ({ ...field, config: { ...field.config, custom: { ...field.config.custom, ...stacking } } })) };
  const painter = options.colorByField ? frame.fields.find((field) => field.name === options.colorByField || fieldName(field, frame, frames) === options.colorByField) : undefined;
  const paint = painter && display(painter, theme, timeZone);
  const look = { colors: paint ? painter.values.map((value) => paint(value).color) : null, horizontal, groupWidth: Number(options.groupWidth ?? 0.7), barWidth: Number(options.barWidth ?? 0.97), stacked, showValue: String(options.showValue ?? "auto"), rotation: Number(options.xTickLabelRotation ?? 0) };
  return <Drawn props={props} frame={stacked ? configured : frame} names={names} x={x && configured.fields[frame.fields.indexOf(x)] && !stacked ? x : stacked && x ? configured.fields[frame.fields.indexOf(x)] : x} edges={false} look={look} />;
}

export function Histogram(props: PanelProps) {
  const { panel, frames, theme, timeZone, height } = props;
  const options = panel.options as Options;
  const frame = useMemo(() => {
    const ready = frames.find((each) => each.fields.some((field) => field.name === "xMin") && each.fields.some((field) => field.name === "xMax"));
    return ready ?? buildHistogram(frames, { bucketSize: Number(options.bucketSize) || undefined, bucketCount: Number(options.bucketCount) || undefined, bucketOffset: Number(options.bucketOffset) || undefined, combine: options.combine === true });
  }, [frames, options]);
  const from = frame?.fields.find((field) => field.name === "xMin");
  const names = useMemo(() => {
    if (!from) return [];
    // the digits of a bucket's size are those of the plain number, not of "20 ms"
    const { decimals: _, ...config } = from.config;
    const write = display(config.unit ? { ...from, config } : from, theme, timeZone);
    return from.values.map((value) => whole(write(value)));
  }, [from, theme, timeZone]);
  if (!frame || !from) return <Empty panel={panel} frames={frames} height={height} />;
  return <Drawn props={props} frame={frame} names={names} x={from} edges look={{ colors: null, horizontal: false, groupWidth: 1, barWidth: 1, stacked: false, showValue: "never", rotation: 0 }} />;
}
