/** How many lines of each level there were: from the store's answer to bars. Pure. */

import type { Field, Frame, Labels } from "../frame/frame";
import { LEVELS, levelOf, levelOfWord, type Level, type LogLine } from "./log-lines";

/** One series of a matrix as the APIs answer it. */
export interface AnsweredSeries {
  metric: Labels;
  values: readonly (readonly [number, string])[];
}

/** Readable on both the dark and the light ground. */
export const LEVEL_COLOURS: Readonly<Record<Level, string>> = {
  critical: "#a352cc", error: "#e0504a", warning: "#e0a12b", info: "#3f8f5f", debug: "#4d7fd0", trace: "#6ea8c9", unknown: "#8a93a2",
};

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

/** A round bar width for about `bars` bars. Seconds. */
export const barWidth = (from_ms: number, to_ms: number, bars = 80): number =>
  STEPS_S.find((step) => step >= (to_ms - from_ms) / 1000 / bars) ?? 86400 * Math.ceil((to_ms - from_ms) / 86_400_000 / bars);

export type Counts = ReadonlyMap<Level, ReadonlyMap<number, number>>;

/** Series of one level under different spellings add up. */
export function countsOfAnswer(series: readonly AnsweredSeries[]): Counts {
  const counts = new Map<Level, Map<number, number>>();
  for (const { metric, values } of series) {
    const own = levelOfWord(metric.level ?? "");
    const level = own === "unknown" ? levelOfWord(metric.detected_level ?? "") : own;
    for (const [at_s, value] of values) add(counts, level, at_s * 1000, Number(value));
  }
  return counts;
}

/** For a store that cannot count, and for the tail: from the lines that are here. A bar ends at its time, as the store's do. */
export function countsOfLines(lines: readonly LogLine[], step_s: number): Counts {
  const counts = new Map<Level, Map<number, number>>();
  for (const line of lines) add(counts, levelOf(line), Math.ceil(line.at / 1000 / step_s) * step_s * 1000, 1);
  return counts;
}

function add(counts: Map<Level, Map<number, number>>, level: Level, at: number, value: number): void {
  const bars = counts.get(level) ?? new Map<number, number>();
  counts.set(level, bars.set(at, (bars.get(at) ?? 0) + value));
}

/** One frame, a column for each level that occurs, the mildest first so that errors stand on top; a bar without lines is 0. */
export function volumeFrame(counts: Counts, from_ms: number, to_ms: number, step_s: number): Frame {
  const step = step_s * 1000;
  const times: number[] = [];
  for (let at = Math.ceil(from_ms / step) * step; at <= to_ms + step; at += step) times.push(at);
  const levels = [...LEVELS].reverse().filter((level) => counts.has(level));
  const columns = levels.map((level): Field => {
    const bars = counts.get(level);
    return {
      name: level, type: "number", labels: { level }, values: times.map((at) => bars?.get(at) ?? 0),
      config: { displayName: level, unit: "short", decimals: 0, color: { mode: "fixed", fixedColor: LEVEL_COLOURS[level] } },
    };
  });
  return { refId: "volume", kind: "series", length: times.length, fields: [{ name: "Time", type: "time", values: times, config: {} }, ...columns] };
}

/** How many lines of each level, the gravest first. */
export const totals = (counts: Counts): { level: Level; lines: number }[] =>
  LEVELS.filter((level) => counts.has(level)).map((level) => ({
    level, lines: [...(counts.get(level)?.values() ?? [])].reduce((sum, value) => sum + value, 0),
  }));
