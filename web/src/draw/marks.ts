/** What is drawn over and under the lines: thresholds and annotations. */

import type uPlot from "uplot";

import { alpha, cssColor, type Theme } from "../format/colors";
import type { AnnotationMark } from "../panels/panel";
import { thresholdValues, type Plan, type ScalePlan } from "./plan";

interface Level {
  value: number;
  color: string;
}

function levels(graph: uPlot, scale: ScalePlan, theme: Theme): Level[] {
  const { min, max } = graph.scales[scale.key] ?? {};
  if (!scale.thresholds || min == null || max == null) return [];
  const range = scale.field.state?.range;
  return thresholdValues(scale.thresholds.steps, scale.thresholds.percent, range?.min ?? min, range?.max ?? max, theme);
}

function areas(graph: uPlot, scale: ScalePlan, steps: readonly Level[]): void {
  const { left, width, top, height } = graph.bbox;
  const clamp = (y: number): number => Math.min(Math.max(y, top), top + height);
  steps.forEach(({ value, color }, index) => {
    const low = Number.isFinite(value) ? clamp(graph.valToPos(value, scale.key, true)) : top + height;
    const next = steps[index + 1];
    const high = next ? clamp(graph.valToPos(next.value, scale.key, true)) : top;
    if (color.startsWith("rgba") && /, 0\)$|,0\)$/.test(color)) return;
    graph.ctx.fillStyle = alpha(color, 0.15);
    graph.ctx.fillRect(left, high, width, low - high);
  });
}

function lines(graph: uPlot, scale: ScalePlan, steps: readonly Level[], dashed: boolean): void {
  const { left, width, top, height } = graph.bbox;
  const { ctx } = graph;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash(dashed ? [10, 10] : []);
  for (const { value, color } of steps) {
    if (!Number.isFinite(value)) continue;
    const y = Math.round(graph.valToPos(value, scale.key, true));
    if (!(y >= top && y <= top + height)) continue;
    ctx.strokeStyle = alpha(color, 0.7);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
  }
}

export function drawThresholds(graph: uPlot, plan: Plan, theme: Theme): void {
  for (const scale of plan.scales) {
    const mode = scale.thresholds?.mode;
    if (!mode) continue;
    const steps = levels(graph, scale, theme);
    graph.ctx.save();
    if (mode.includes("area")) areas(graph, scale, steps);
    if (mode.includes("line") || mode.includes("dashed")) lines(graph, scale, steps, mode.includes("dashed"));
    graph.ctx.restore();
  }
}

/** A dashed line for a moment, a wash for a span, and a small mark on the axis below. */
export function drawAnnotations(graph: uPlot, marks: readonly AnnotationMark[], theme: Theme): void {
  if (!marks.length) return;
  const { left, width, top, height } = graph.bbox;
  const { ctx } = graph;
  ctx.save();
  for (const mark of marks) {
    const color = cssColor(mark.color || "blue", theme);
    const x = graph.valToPos(mark.from, "x", true);
    const end = mark.to === undefined ? x : graph.valToPos(mark.to, "x", true);
    if (end < left || x > left + width) continue;
    const [from, to] = [Math.max(x, left), Math.min(end, left + width)];
    if (to > from) {
      ctx.fillStyle = alpha(color, 0.1);
      ctx.fillRect(from, top, to - from, height);
    }
    ctx.strokeStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4, 4]);
    for (const edge of x === end ? [from] : [from, to]) {
      ctx.beginPath();
      ctx.moveTo(edge, top);
      ctx.lineTo(edge, top + height);
      ctx.stroke();
    }
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(from - 4 * devicePixelRatio, top + height + 5 * devicePixelRatio);
    ctx.lineTo(from + 4 * devicePixelRatio, top + height + 5 * devicePixelRatio);
    ctx.lineTo(from, top + height);
    ctx.fill();
  }
  ctx.restore();
}
