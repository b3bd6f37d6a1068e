/** Counts over time and value as colours. */

import { useCallback, useMemo, useState } from "preact/hooks";

import { tickTexts } from "../draw/axes";
import { ink, textWidth } from "../draw/ink";
import { tickLabels, timeTicks, TIME_STEPS } from "../draw/ticks";
import { hideTooltip, showTooltip, timeText, type Row } from "../draw/tooltip";
import { alpha, blend, cssColor } from "../format/colors";
import { schemeColors } from "./heatschemes";
import { display, whole } from "../format/display";
import type { Field } from "../frame/frame";
import { Canvas } from "./Canvas";
import { Empty } from "./Empty";
import { calculated, fromBuckets, milliseconds, type Heat } from "./heatcells";
import type { PanelProps } from "./panel";

type Options = Readonly<Record<string, any>>;

/** Rows outside of the value axis' bounds are left out. */
function bounded(heat: Heat | undefined, min: unknown, max: unknown): Heat | undefined {
  if (!heat?.numeric || (typeof min !== "number" && typeof max !== "number")) return heat;
  const kept = heat.rows.map((_, index) => index).filter((index) => heat.rows[index]!.high > (typeof min === "number" ? min : -Infinity) && heat.rows[index]!.low < (typeof max === "number" ? max : Infinity));
  return kept.length ? { ...heat, rows: kept.map((index) => heat.rows[index]!), counts: kept.map((index) => heat.counts[index]!) } : heat;
}

function heatOf(frames: PanelProps["frames"], options: Options): Heat | undefined {
  if (options.calculate !== true) return fromBuckets(frames);
  const { xBuckets = {}, yBuckets = {} } = options.calculation ?? {};
  const log = yBuckets.scale?.type === "log" ? (Number(yBuckets.scale.log) === 10 ? 10 : 2) : null;
  const count = (bucket: Options): number | null => (bucket.mode === "count" && bucket.value ? Number(bucket.value) : null);
  return calculated(frames, { xSize_ms: xBuckets.mode === "size" || !xBuckets.mode ? milliseconds(xBuckets.value) : null, xCount: count(xBuckets), ySize: yBuckets.mode !== "count" && yBuckets.value ? Number(yBuckets.value) : null, yCount: count(yBuckets), log });
}

/** Colour of a count: a scheme from few to many, or one colour from faint to full. */
function colouring(options: Options, low: number, high: number, theme: PanelProps["theme"]): (count: number) => string {
  const { mode = "scheme", scheme = "Oranges", fill = "dark-orange", scale = "exponential", exponent = 0.5, reverse = false, steps = 64 } = options.color ?? {};
  const share = (count: number): number => {
    const at = Math.min(1, Math.max(0, (count - low) / (high - low || 1)));
    const bent = mode === "opacity" && scale === "exponential" ? at ** Number(exponent) : at;
    return Math.round(bent * Number(steps)) / Number(steps);
  };
  if (mode === "opacity") {
    const color = cssColor(fill, theme);
    return (count) => alpha(color, 0.06 + 0.94 * share(count));
  }
  const colors = [...(schemeColors(scheme) ?? schemeColors("oranges")!)];
  // Single-hue schemes run from white: on a dark page few must be dark, as empty is.
  const flipped = (theme === "dark" && /^(oranges|blues|greens|reds|purples|greys|yl|or|pu|gn|bu|rdpu)/i.test(scheme) && !/^(pur?or|rd)/i.test(scheme)) !== Boolean(reverse);
  if (flipped) colors.reverse();
  const cache = new Map<number, string>();
  return (count) => {
    const at = share(count);
    const found = cache.get(at) ?? blend(colors, at);
    cache.set(at, found);
    return found;
  };
}

interface Layout {
  left: number;
  top: number;
  width: number;
  height: number;
  legend: number;
}

interface Drawing {
  heat: Heat;
  color: (count: number) => string;
  least: number;
  from: number;
  to: number;
  texts: string[];
  layout: Layout;
  /** The lowest values stand at the top. */
  turned: boolean;
}

function extent(heat: Heat, options: Options): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of heat.counts) for (const count of row) if (count !== null && count > 0) [low, high] = [Math.min(low, count), Math.max(high, count)];
  return [options.color?.min ?? (low === Infinity ? 0 : Math.min(low, 0)), options.color?.max ?? (high === -Infinity ? 1 : high)];
}

function rowTexts(heat: Heat, unit: string | undefined, decimals: number | undefined, timeZone: string): string[] {
  if (!heat.numeric) return heat.rows.map((row) => row.label);
  const shown: Field = { ...heat.field, config: { unit, decimals } };
  return heat.rows.map((row) => (Number.isFinite(row.high) ? tickTexts(shown, [row.high], false, timeZone)[0]! : "+Inf"));
}

function drawCells(context: CanvasRenderingContext2D, { heat, color, least, from, to, layout, turned }: Drawing): void {
  const { left, top, width, height } = layout;
  const x = (time: number): number => left + ((time - from) / (to - from)) * width;
  const tall = height / heat.rows.length;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  heat.counts.forEach((row, index) => {
    const y = turned ? top + index * tall : top + height - (index + 1) * tall;
    row.forEach((count, at) => {
      if (count === null || count <= least) return;
      const [a, b] = [x(heat.x[at]!), x(heat.x[at + 1]!)];
      context.fillStyle = color(count);
      context.fillRect(a, y + 0.5, Math.max(1, b - a - (b - a > 4 ? 1 : 0)), Math.max(1, tall - (tall > 4 ? 1 : 0)));
    });
  });
  context.restore();
}

function drawAxes(context: CanvasRenderingContext2D, { heat, from, to, texts, layout, turned }: Drawing, theme: PanelProps["theme"], timeZone: string): void {
  const { left, top, width, height } = layout;
  context.fillStyle = ink(theme).soft;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const tall = height / heat.rows.length;
  const every = Math.max(1, Math.ceil(16 / tall));
  // bounds stand at the edges of their rows, names in the middle; the outermost bound is moved into the picture
  texts.forEach((text, index) => {
    const away = (heat.numeric ? index + 1 : index + 0.5) * tall - (heat.numeric && index === texts.length - 1 ? 5 : 0);
    if (index % every === 0) context.fillText(text, left - 6, turned ? top + away : top + height - away);
  });
  const step = TIME_STEPS.find((each) => (each / (to - from)) * width > 70) ?? TIME_STEPS.at(-1)!;
  const ticks = timeTicks(from, to, step, timeZone);
  context.textAlign = "center";
  tickLabels(ticks, step, to - from, timeZone).forEach((text, index) => {
    const x = left + ((ticks[index]! - from) / (to - from)) * width;
    if (x + textWidth(text) / 2 < left + width + 14) context.fillText(text, x, top + height + 12);
  });
}

function drawLegend(context: CanvasRenderingContext2D, { color, layout }: Drawing, low: number, high: number, write: (value: number) => string, theme: PanelProps["theme"]): void {
  if (!layout.legend) return;
  const y = layout.top + layout.height + 28;
  const width = Math.min(220, layout.width * 0.5);
  for (let step = 0; step < width; step++) {
    context.fillStyle = color(low + ((high - low) * step) / width);
    context.fillRect(layout.left + step, y, 1.5, 7);
  }
  context.fillStyle = ink(theme).soft;
  context.textAlign = "left";
  context.fillText(write(low), layout.left, y + 16);
  context.textAlign = "right";
  context.fillText(write(high), layout.left + width, y + 16);
}

function boundsText({ heat, texts }: Drawing, index: number): string {
  const { low, label } = heat.rows[index]!;
  return heat.numeric ? `${index ? texts[index - 1] : Number.isFinite(low) ? low : ""} – ${texts[index]}` : label;
}

export default function Heatmap({ panel, frames, range, timeZone, theme, width, height, onZoom }: PanelProps) {
  const options = panel.options as Options;
  const heat = useMemo(() => bounded(heatOf(frames, options), options.yAxis?.min, options.yAxis?.max), [frames, options]);
  const [drag, setDrag] = useState<number | null>(null);
  const drawing = useMemo((): Drawing & { low: number; high: number } | null => {
    if (!heat) return null;
    const [low, high] = extent(heat, options);
    const texts = rowTexts(heat, options.yAxis?.unit ?? heat.field.config.unit, options.yAxis?.decimals, timeZone);
    const left = options.yAxis?.axisPlacement === "hidden" ? 4 : Math.min(width * 0.4, Math.max(...texts.map((text) => textWidth(text))) + 12);
    const legend = options.legend?.show !== false && height > 160 ? 26 : 0;
    const layout = { left, top: 8, width: width - left - 12, height: height - 8 - 22 - legend, legend };
    return { heat, color: colouring(options, low, high, theme), least: Number(options.filterValues?.le ?? 1e-9), from: range.from, to: range.to, texts, layout, low, high, turned: options.yAxis?.reverse === true };
  }, [heat, options, range.from, range.to, width, height, theme, timeZone]);
  const write = useMemo(() => {
    const shown = heat && display({ ...heat.field, config: { unit: options.cellValues?.unit ?? "short", decimals: options.cellValues?.decimals } }, theme, timeZone);
    return (value: number): string => (shown ? whole(shown(value)) : "");
  }, [heat, options, theme, timeZone]);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      if (!drawing) return;
      drawCells(context, drawing);
      drawAxes(context, drawing, theme, timeZone);
      drawLegend(context, drawing, drawing.low, drawing.high, write, theme);
    },
    [drawing, theme, timeZone, write],
  );
  if (!drawing) return <Empty panel={panel} frames={frames} height={height} />;
  const { layout } = drawing;
  const timeAt = (x: number): number => range.from + ((x - layout.left) / layout.width) * (range.to - range.from);
  const onPoint: Parameters<typeof Canvas>[0]["onPoint"] = (at) => {
    const up = at ? (layout.top + layout.height - at.y) / layout.height : -1;
    const row = Math.floor((drawing.turned ? 1 - up : up) * drawing.heat.rows.length);
    const column = at ? drawing.heat.x.findIndex((edge) => edge > timeAt(at.x)) - 1 : -1;
    const count = drawing.heat.counts[row]?.[column];
    if (!at || count == null) return hideTooltip();
    const told = (index: number): Row[] => {
      const own = drawing.heat.counts[index]?.[column];
      return own == null ? [] : [{ name: boundsText(drawing, index), color: drawing.color(own), text: write(own), numeric: own, strong: index === row }];
    };
    // the histogram of the moment: every bucket, as they stand above each other
    const indexes = options.tooltip?.yHistogram === true ? drawing.heat.rows.map((_, index) => index) : [row];
    if (!drawing.turned) indexes.reverse();
    showTooltip(timeText(drawing.heat.x[column]!, range.to - range.from, timeZone), indexes.flatMap(told), at.clientX, at.clientY);
  };
  const zoomed = (event: MouseEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const [a, b] = [drag, timeAt(event.clientX - box.left)].sort((one, other) => one! - other!);
    setDrag(null);
    if (drag !== null && b! - a! > (range.to - range.from) / 100) onZoom({ from: Math.round(a!), to: Math.round(b!) });
  };
  return (
    <div onMouseDown={(event) => setDrag(timeAt(event.clientX - event.currentTarget.getBoundingClientRect().left))} onMouseUp={zoomed}>
      <Canvas width={width} height={height} label={`${panel.title || "Heatmap"}: ${drawing.heat.rows.length} buckets from ${drawing.texts[0]} to ${drawing.texts.at(-1)}, up to ${write(drawing.high)}`} draw={draw} onPoint={onPoint} />
    </div>
  );
}
