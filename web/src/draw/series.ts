/** Lines of a plan in uPlot's words: paths, fills, points, and what one stands on. */

import uPlot from "uplot";

import { alpha, hex, type Theme } from "../format/colors";
import { continuous } from "../format/gradients";
import { thresholdValues, type Line, type Plan } from "./plan";

const paths = uPlot.paths;
const linear = paths.linear!();
const spline = paths.spline!();
const stepAfter = paths.stepped!({ align: 1 });
const stepBefore = paths.stepped!({ align: -1 });

/** Pixels between neighbouring values: bars share them. */
function slot(graph: uPlot, xs: ArrayLike<number>): number {
  let least = Infinity;
  for (let row = 1; row < xs.length; row++) least = Math.min(least, xs[row]! - xs[row - 1]!);
  const { min, max } = graph.scales.x!;
  const perUnit = graph.bbox.width / ((max ?? 1) - (min ?? 0) || 1);
  return Number.isFinite(least) ? least * perUnit : graph.bbox.width * 0.3;
}

/** Bars from their base to their value; uPlot's own always start at zero. */
function bars(line: Line): uPlot.Series.PathBuilder {
  return (graph, seriesIndex, from, to) => {
    const xs = graph.data[0] as ArrayLike<number>;
    const ys = graph.data[seriesIndex] as ArrayLike<number | null | undefined>;
    const scale = graph.series[seriesIndex]!.scale!;
    const room = slot(graph, xs);
    const width = Math.max(1, Math.min(room * line.style.barWidth, line.style.barMaxWidth * devicePixelRatio));
    const offset = line.style.barAlign === 0 ? width / 2 : line.style.barAlign > 0 ? 0 : width;
    const stroke = new Path2D();
    const zero = graph.scales[scale]!.distr === 3 ? (graph.scales[scale]!.min ?? 1) : 0;
    for (let row = from; row <= to; row++) {
      const value = ys[row];
      if (value == null) continue;
      const top = graph.valToPos(value, scale, true);
      const bottom = graph.valToPos(line.base?.[row] ?? zero, scale, true);
      if (!Number.isFinite(top) || top === bottom) continue;
      const left = Math.round(graph.valToPos(xs[row]!, "x", true) - offset);
      stroke.rect(left, Math.min(top, bottom), Math.max(1, Math.round(width)), Math.max(1, Math.abs(bottom - top)));
    }
    return { stroke, fill: stroke, flags: 0 };
  };
}

function builder(line: Line): uPlot.Series.PathBuilder | null {
  if (line.style.draw === "points") return null;
  if (line.style.draw === "bars") return bars(line);
  return { linear, smooth: spline, stepAfter, stepBefore }[line.style.interpolation] ?? linear;
}

/** A gradient along the value axis: each threshold's colour from its value on, or a continuous scheme. */
function schemeGradient(graph: uPlot, line: Line, theme: Theme, opacity: number): CanvasGradient | string {
  const scale = graph.scales[line.scale]!;
  const { min, max } = scale;
  if (min == null || max == null || !Number.isFinite(graph.bbox.height)) return alpha(line.color, opacity);
  const [y0, y1] = [graph.valToPos(min, line.scale, true), graph.valToPos(max, line.scale, true)];
  if (!Number.isFinite(y0) || !Number.isFinite(y1)) return alpha(line.color, opacity);
  const gradient = graph.ctx.createLinearGradient(0, y0, 0, y1);
  const range = line.field.state?.range ?? { min, max };
  const scheme = continuous(line.field.config.color?.mode ?? "", theme);
  if (scheme) {
    for (let step = 0; step <= 16; step++) gradient.addColorStop(step / 16, alpha(scheme((min + ((max - min) * step) / 16 - range.min) / (range.max - range.min || 1)), opacity));
    return gradient;
  }
  const { thresholds } = line.field.config;
  const steps = thresholdValues(thresholds?.steps ?? [], thresholds?.mode === "percentage", range.min, range.max, theme);
  if (!steps.length) return alpha(line.color, opacity);
  const at = (value: number): number => Math.min(1, Math.max(0, (graph.valToPos(value, line.scale, true) - y0) / (y1 - y0) || 0));
  steps.forEach(({ value, color }, index) => {
    const start = Number.isFinite(value) ? at(value) : 0;
    const end = index + 1 < steps.length ? at(steps[index + 1]!.value) : 1;
    gradient.addColorStop(start, alpha(color, opacity));
    gradient.addColorStop(Math.max(start, end), alpha(color, opacity));
  });
  return gradient;
}

function downwards(graph: uPlot, from: string, to: string): CanvasGradient | string {
  const { top, height } = graph.bbox;
  if (!Number.isFinite(top + height)) return from;
  const gradient = graph.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, from);
  gradient.addColorStop(1, to);
  return gradient;
}

function fill(line: Line, theme: Theme): uPlot.Series.Fill | undefined {
  const { fill: opacity, gradient, draw } = line.style;
  if (draw === "points" || (opacity <= 0 && line.below === null)) return undefined;
  if (gradient === "opacity") return (graph) => downwards(graph, alpha(line.color, Math.max(opacity, 0.01)), alpha(line.color, 0.01));
  if (gradient === "hue") return (graph) => downwards(graph, alpha(line.color, opacity), alpha(blendedHue(line.color), opacity));
  if (gradient === "scheme") return (graph) => schemeGradient(graph, line, theme, opacity);
  return alpha(line.color, opacity);
}

/** The same colour, darker: the end of a "hue" gradient. */
function blendedHue(color: string): string {
  const parts = /rgba?\((\d+), (\d+), (\d+)/.exec(alpha(color, 1));
  return parts ? hex([Number(parts[1]) * 0.45, Number(parts[2]) * 0.5, Number(parts[3]) * 0.6]) : color;
}

export function seriesOptions(line: Line, theme: Theme): uPlot.Series {
  const { style } = line;
  const schemed = style.gradient === "scheme";
  const isBars = style.draw === "bars";
  const filled = fill(line, theme);
  return {
    label: line.name,
    scale: line.scale,
    show: !line.hidden,
    stroke: schemed ? (graph) => schemeGradient(graph, line, theme, 1) : line.color,
    width: style.draw === "points" ? 0 : style.width,
    ...(style.dash ? { dash: style.dash, cap: style.dash[0] === 0 ? ("round" as const) : ("butt" as const) } : {}),
    ...(filled ? { fill: filled } : {}),
    paths: builder(line) ?? (() => null),
    pxAlign: isBars ? 1 : 0.001,
    points: {
      size: style.pointSize,
      fill: line.color,
      stroke: line.color,
      width: 0,
      ...(style.draw === "points" || (style.points === "always" && !isBars) ? { show: true } : isBars || style.points === "never" ? { show: false } : { space: style.pointSize * 4 }),
    },
  };
}

function goesDown(line: Line): boolean {
  return line.values.some((value) => value != null && value < 0);
}

/** Areas end at the line below. Bars know their base themselves. */
export function bandsOf(plan: Plan): uPlot.Band[] {
  return plan.lines.flatMap((line, index) =>
    line.below === null || line.style.draw !== "line" || line.hidden ? [] : [{ series: [index + 1, line.below + 1] as uPlot.Band.Bounds, dir: goesDown(line) && line.base ? 1 : -1 }],
  );
}
