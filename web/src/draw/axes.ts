/** Scales and axes of a plan in uPlot's words: bounds, steps, labels. */

import uPlot from "uplot";

import type { Field } from "../frame/frame";
import { unitFormat } from "../format/units";
import { FONT, textWidth, type Ink } from "./ink";
import type { ScalePlan } from "./plan";
import { stepsFor, TIME_STEPS, tickLabels, timeTicks } from "./ticks";

const MAX_DECIMALS = 6;

function sameNumber(one: string, other: string): boolean {
  const [a, b] = [Number(one), Number(other)];
  return Number.isNaN(a) ? one === other : Math.abs(a - b) <= Math.abs(b) * 1e-9;
}

/** Labels with as few decimals as tell the ticks exactly, and no trailing zeros: 0, 0.5, 1, 1.5. */
export function tickTexts(field: Field, ticks: readonly number[], percent: boolean, timeZone: string): string[] {
  const { unit, decimals } = field.config;
  const format = unitFormat(percent ? "percentunit" : unit);
  const texts = (places: number): ReturnType<typeof format>[] => ticks.map((tick) => format(tick, places, timeZone));
  let places = decimals ?? 0;
  if (decimals === undefined) {
    const exact = texts(MAX_DECIMALS + 2);
    while (places < MAX_DECIMALS && !texts(places).every((parts, index) => sameNumber(parts.text, exact[index]!.text))) places++;
  }
  // 100 s on an axis of powers of ten are 1.666… minutes: three digits must do.
  const written = places === MAX_DECIMALS ? ticks.map((tick) => format(tick, undefined, timeZone)) : texts(places);
  return written.map(({ prefix = "", text, suffix = "" }) => {
    const bare = decimals === undefined && text.includes(".") && !Number.isNaN(Number(text)) ? String(Number(text)) : text;
    return `${prefix}${bare}${suffix}`;
  });
}

function linearRange(scale: ScalePlan, low: number | null, high: number | null): [number, number] {
  let [min, max] = [low ?? Infinity, high ?? -Infinity];
  // Of nothing but zeros uPlot makes 0 to 100, which is 10,000 % here.
  const softMax = scale.softMax ?? (min === 0 && max === 0 && scale.field.config.unit === "percentunit" ? 1 : null);
  if (scale.softMin !== null) min = Math.min(min, scale.softMin);
  if (softMax !== null) max = Math.max(max, softMax);
  if (min > max) [min, max] = [scale.min ?? 0, scale.max ?? Math.max(1, (scale.min ?? 0) + 1)];
  // Mode 3: a range that comes near to zero starts at zero.
  const side = (soft: number | null) => ({ pad: 0.1, soft: soft ?? 0, mode: (soft === null ? 3 : 1) as 1 | 3 });
  const padded = uPlot.rangeNum(min, max, { min: side(scale.softMin), max: side(softMax) }) as [number, number];
  if (scale.percent) padded.splice(0, 2, Math.min(0, min < 0 ? -1 : 0), max > 0 ? 1 : 0);
  let [from, to] = [scale.min ?? padded[0], scale.max ?? padded[1]];
  if (scale.centered) {
    const reach = Math.max(Math.abs(from), Math.abs(to));
    [from, to] = [-reach, reach];
  }
  return from < to ? [from, to] : [from, from + (Math.abs(from) || 1)];
}

function logRange(scale: ScalePlan, low: number | null, high: number | null): [number, number] {
  const min = scale.min !== null && scale.min > 0 ? scale.min : low !== null && low > 0 ? low : 0.001;
  const max = scale.max !== null && scale.max > 0 ? scale.max : high !== null && high > min ? high : min * scale.logBase;
  const [from, to] = uPlot.rangeLog(min, max, scale.logBase, true) as [number, number];
  return [scale.min !== null && scale.min > 0 ? scale.min : from, scale.max !== null && scale.max > 0 ? scale.max : to];
}

export function scaleOptions(scale: ScalePlan): uPlot.Scale {
  if (scale.distribution === "log") return { distr: 3, log: scale.logBase, auto: true, range: (_, min, max) => logRange(scale, min, max) };
  if (scale.distribution === "symlog") return { distr: 4, asinh: scale.linearThreshold, auto: true, range: (_, min, max) => linearRange(scale, min, max) };
  return { auto: true, range: (_, min, max) => linearRange(scale, min, max) };
}

/** Wide enough for its longest label; uPlot asks again until it settles. */
function axisSize(minimum: number): uPlot.Axis.Size {
  return (_, values) => Math.max(minimum, 14 + Math.ceil(Math.max(0, ...(values ?? []).map((text) => (text ? textWidth(text) : 0)))));
}

/** Of the lines of a logarithmic axis, those that have room for a label. */
function apart(graph: uPlot, scale: string, ticks: readonly (number | null)[]): (number | null)[] {
  let last = Infinity;
  return ticks.map((tick) => {
    if (tick === null || !(graph.bbox.height > 0)) return tick;
    const y = graph.valToPos(tick, scale);
    if (last - y < 14) return null;
    last = y;
    return tick;
  });
}

export function valueAxis(scale: ScalePlan, index: number, colors: Ink, timeZone: string, small: boolean): uPlot.Axis {
  const isLog = scale.distribution === "log";
  const stroke = scale.color ?? colors.soft;
  return {
    scale: scale.key,
    show: scale.side !== "hidden",
    side: scale.side === "right" ? 1 : 3,
    stroke,
    font: FONT,
    size: scale.width ?? axisSize(small ? 24 : 34),
    gap: 4,
    space: small ? 22 : 32,
    grid: { show: scale.grid ?? index === 0, stroke: colors.grid, width: 1 },
    ticks: { show: false },
    border: { show: scale.border, stroke, width: 1 },
    ...(scale.label && !small ? { label: scale.label, labelFont: FONT, labelSize: 18, labelGap: 0 } : {}),
    // As a function: uPlot copies every list that it is given.
    ...(isLog ? {} : { incrs: () => stepsFor(scale.percent ? undefined : scale.field.config.unit) }),
    // A logarithmic axis has more lines than room for labels: uPlot hands null for those without.
    values: (graph, given) => {
      const ticks = isLog ? apart(graph, scale.key, given) : given;
      const told = ticks.filter((tick) => tick !== null);
      const texts = tickTexts(scale.field, told, scale.percent, timeZone);
      return ticks.map((tick) => (tick === null ? "" : texts[told.indexOf(tick)]!));
    },
  };
}

/** A label that would be cut off by the edge is left out. */
function inside(graph: uPlot, ticks: readonly number[], texts: string[]): string[] {
  const width = graph.bbox.width / devicePixelRatio;
  const right = graph.width - graph.bbox.left / devicePixelRatio;
  return texts.map((text, index) => {
    const x = graph.valToPos(ticks[index]!, "x");
    return width > 0 && x + textWidth(text) / 2 > right ? "" : text;
  });
}

export function timeAxis(colors: Ink, timeZone: string, show: boolean): uPlot.Axis {
  return {
    scale: "x",
    show,
    stroke: colors.soft,
    font: FONT,
    size: 24,
    gap: 4,
    space: (_, __, min, max) => 36 + textWidth(max - min > 864e5 ? "00/00 00:00" : "00:00"),
    incrs: () => TIME_STEPS as number[],
    splits: (_, __, min, max, step) => timeTicks(min, max, step, timeZone),
    values: (graph, ticks, _, __, step) => inside(graph, ticks, tickLabels(ticks, step, (graph.scales.x!.max ?? 0) - (graph.scales.x!.min ?? 0), timeZone)),
    grid: { stroke: colors.grid, width: 1 },
    ticks: { show: false },
  };
}

export function numberAxis(field: Field | undefined, colors: Ink, timeZone: string, show: boolean, label = ""): uPlot.Axis {
  const shown: Field = field ?? { name: "x", type: "number", values: [], config: {} };
  return {
    scale: "x",
    show,
    stroke: colors.soft,
    font: FONT,
    size: 24,
    gap: 4,
    space: 60,
    incrs: () => stepsFor(shown.config.unit),
    values: (graph, ticks) => inside(graph, ticks, tickTexts(shown, ticks, false, timeZone)),
    ...(label ? { label, labelFont: FONT, labelSize: 16, labelGap: 0 } : {}),
    grid: { stroke: colors.grid, width: 1 },
    ticks: { show: false },
  };
}
