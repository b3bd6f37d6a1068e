/** From configured frames to what a graph draws: lines, scales and axes. No canvas here. */

import type { Field, FieldConfig, Frame, Threshold } from "../frame/frame";
import { cssColor, type Theme } from "../format/colors";
import { seriesColor } from "../format/display";
import { fieldName } from "../format/names";
import { align, connected, withGaps, type Column } from "./align";
import { stack } from "./stack";

/** Grafana's `custom` of a graph's column, with its defaults. */
export interface LineStyle {
  draw: "line" | "bars" | "points";
  interpolation: "linear" | "smooth" | "stepBefore" | "stepAfter";
  width: number;
  dash: number[] | null;
  fill: number;
  gradient: "none" | "opacity" | "hue" | "scheme";
  points: "auto" | "always" | "never";
  pointSize: number;
  barAlign: -1 | 0 | 1;
  barWidth: number;
  barMaxWidth: number;
}

export interface Line {
  field: Field;
  frame: Frame;
  name: string;
  color: string;
  scale: string;
  style: LineStyle;
  /** What is drawn: stacked, turned round, gaps closed. */
  values: Column;
  /** What is told: the measurements themselves. */
  raw: Column;
  base: Column | null;
  /** Index of the line that this one's area reaches down to. */
  below: number | null;
  hidden: boolean;
  inLegend: boolean;
  inTooltip: boolean;
}

export interface ScalePlan {
  key: string;
  field: Field;
  side: "left" | "right" | "hidden";
  label: string;
  color: string | null;
  grid: boolean | null;
  border: boolean;
  width: number | null;
  distribution: "linear" | "log" | "symlog";
  logBase: 2 | 10;
  linearThreshold: number;
  min: number | null;
  max: number | null;
  softMin: number | null;
  softMax: number | null;
  centered: boolean;
  percent: boolean;
  thresholds: { mode: string; steps: readonly Threshold[]; percent: boolean } | null;
}

export interface Plan {
  x: readonly number[];
  lines: Line[];
  scales: ScalePlan[];
}

type Custom = Readonly<Record<string, any>>;

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

function style(custom: Custom): LineStyle {
  const dash = custom.lineStyle?.fill === "dot" ? [0, 6] : custom.lineStyle?.fill === "dash" ? [10, 10] : null;
  const given: unknown = custom.lineStyle?.dash;
  return {
    draw: custom.drawStyle === "bars" || custom.drawStyle === "points" ? custom.drawStyle : "line",
    interpolation: custom.lineInterpolation ?? "linear",
    width: number(custom.lineWidth) ?? 1,
    dash: dash && Array.isArray(given) && given.length ? given.map(Number) : dash,
    fill: (number(custom.fillOpacity) ?? 0) / 100,
    gradient: custom.gradientMode ?? "none",
    points: custom.showPoints ?? "auto",
    pointSize: number(custom.pointSize) ?? 5,
    barAlign: custom.barAlignment ?? 0,
    barWidth: number(custom.barWidthFactor) ?? 0.6,
    barMaxWidth: number(custom.barMaxWidth) ?? 200,
  };
}

function stackGroup(custom: Custom): string {
  const mode: unknown = custom.stacking?.mode;
  return mode === "normal" || mode === "percent" ? `${mode} ${custom.stacking.group ?? "A"}` : "";
}

function turned(values: Column, transform: unknown): Column {
  if (transform === "negative-Y") return values.map((value) => (value == null ? value : -value));
  if (transform !== "constant") return values;
  const first = values.find((value) => value != null);
  return values.map(() => first);
}

/** `true` closes every gap, a number those up to that many milliseconds. */
function spanned(x: readonly number[], values: Column, span: unknown): Column {
  if (span === true) return connected(x, values, Infinity);
  return typeof span === "number" && span > 0 ? connected(x, values, span) : values;
}

/** Lines with the same unit and bounds share a scale. */
function scaleKey(config: FieldConfig, custom: Custom): string {
  const { type = "linear", log = 2 } = custom.scaleDistribution ?? {};
  return [config.unit ?? "", config.min, config.max, custom.axisSoftMin, custom.axisSoftMax, custom.axisCenteredZero, custom.axisPlacement ?? "auto", custom.axisLabel, type, log, stackGroup(custom).startsWith("percent")]
    .map((part) => String(part ?? ""))
    .join("/");
}

function scalePlan(key: string, field: Field, color: string): ScalePlan {
  const custom: Custom = field.config.custom ?? {};
  const { config } = field;
  const placement: string = custom.axisPlacement ?? "auto";
  const thresholds = custom.thresholdsStyle?.mode && custom.thresholdsStyle.mode !== "off" && config.thresholds?.steps ? config.thresholds : null;
  return {
    key,
    field,
    side: placement === "left" || placement === "right" || placement === "hidden" ? placement : "left",
    label: custom.axisLabel ?? "",
    color: custom.axisColorMode === "series" ? color : null,
    grid: typeof custom.axisGridShow === "boolean" ? custom.axisGridShow : null,
    border: custom.axisBorderShow === true,
    width: number(custom.axisWidth),
    distribution: custom.scaleDistribution?.type === "log" || custom.scaleDistribution?.type === "symlog" ? custom.scaleDistribution.type : "linear",
    logBase: custom.scaleDistribution?.log === 10 ? 10 : 2,
    linearThreshold: number(custom.scaleDistribution?.linearThreshold) ?? 1,
    min: number(config.min),
    max: number(config.max),
    softMin: number(custom.axisSoftMin),
    softMax: number(custom.axisSoftMax),
    centered: custom.axisCenteredZero === true,
    percent: stackGroup(custom).startsWith("percent"),
    thresholds: thresholds && { mode: custom.thresholdsStyle.mode, steps: thresholds.steps, percent: thresholds.mode === "percentage" },
  };
}

function scalesOf(lines: readonly Line[]): ScalePlan[] {
  const scales = new Map<string, ScalePlan>();
  let autos = 0;
  for (const line of lines) {
    if (line.hidden && lines.some((other) => other.scale === line.scale && !other.hidden)) continue;
    if (scales.has(line.scale)) continue;
    const plan = scalePlan(line.scale, line.field, line.color);
    const auto = ["auto", ""].includes(line.field.config.custom?.axisPlacement as string) || line.field.config.custom?.axisPlacement === undefined;
    if (auto && autos++ > 0) plan.side = "right";
    scales.set(line.scale, plan);
  }
  return [...scales.values()];
}

/** "fillBelowTo" names the line that an area ends at. */
function withFillBelow(lines: Line[]): void {
  for (const line of lines) {
    const target: unknown = line.field.config.custom?.fillBelowTo;
    const at = target ? lines.findIndex((other) => other.name === target || other.field.name === target) : -1;
    if (at >= 0) line.below = at;
  }
}

/** "insertNulls": measurements further apart than that many milliseconds are not joined. */
function withInsertedGaps(frame: Frame): Frame {
  const limit = Math.min(...frame.fields.map((field) => (typeof field.config.custom?.insertNulls === "number" ? field.config.custom.insertNulls : Infinity)));
  const time = frame.fields.find((field) => field.type === "time");
  if (!time || !Number.isFinite(limit) || limit <= 0) return frame;
  const keys = time.values as readonly number[];
  const fields = frame.fields.map((field) => (field === time ? { ...field, values: withGaps(keys, keys, limit).x } : { ...field, values: withGaps(keys, field.values as Column, limit).values }));
  return { ...frame, fields, length: fields[0]?.values.length ?? 0 };
}

export interface PlanOptions {
  theme: Theme;
  /** Names that the legend has switched off. */
  hidden: ReadonlySet<string>;
  time?: boolean;
  x?: string;
}

export function plan(frames: readonly Frame[], { theme, hidden, time = true, x }: PlanOptions): Plan {
  const custom = (field: Field): Custom => field.config.custom ?? {};
  const aligned = align(time ? frames.map(withInsertedGaps) : frames, time, (field) => !(custom(field).hideFrom?.viz === true && custom(field).hideFrom?.legend !== false), x);
  const lines = aligned.columns.map(({ field, frame, values }): Line => {
    const own = custom(field);
    const name = fieldName(field, frame, frames);
    const hide = own.hideFrom ?? {};
    return {
      field,
      frame,
      name,
      color: seriesColor(field, theme),
      scale: scaleKey(field.config, own),
      style: style(own),
      raw: values,
      values: turned(spanned(aligned.x, values, own.spanNulls), own.transform),
      base: null,
      below: null,
      hidden: hidden.has(name) || hide.viz === true,
      inLegend: hide.legend !== true,
      inTooltip: hide.tooltip !== true,
    };
  });
  const shown = lines.filter((line) => !line.hidden);
  const stacked = stack(shown.map((line) => ({ values: line.values, group: stackGroup(custom(line.field)) && `${stackGroup(custom(line.field))} ${line.scale}`, percent: stackGroup(custom(line.field)).startsWith("percent") })));
  stacked.forEach(({ values, below, base }, index) => {
    const line = shown[index]!;
    line.values = values;
    line.base = base;
    line.below = below === null ? null : lines.indexOf(shown[below]!);
  });
  withFillBelow(lines);
  return { x: aligned.x, lines, scales: scalesOf(lines) };
}

/** Threshold steps as CSS colours with numbers; percentages of the scale's span become values. */
export function thresholdValues(steps: readonly Threshold[], percent: boolean, min: number, max: number, theme: Theme): { value: number; color: string }[] {
  return steps.map((step) => {
    const value = step.value ?? -Infinity;
    return { value: percent && Number.isFinite(value) ? min + ((max - min) * value) / 100 : value, color: cssColor(step.color, theme) };
  });
}
