/** Many values of one column to one: the calcs of Grafana ("lastNotNull", "mean" …), under the same ids. */

import type { Field } from "../frame/frame";

type Values = readonly unknown[];
type Calc = (values: Values, numeric: boolean) => unknown;

const present = (value: unknown): boolean => value != null && !Number.isNaN(value);

function numbers(values: Values, numeric: boolean): number[] {
  return numeric ? (values.filter(present) as number[]) : [];
}

/** Nulls do not count, as everywhere; NaN takes part only where the oracle's does (in counts, medians, deviations). */
function nonNull(values: Values): unknown[] {
  return values.filter((value) => value != null);
}

function extreme(values: Values, numeric: boolean, better: (candidate: number, best: number) => boolean): number | null {
  let best: number | null = null;
  for (const value of numbers(values, numeric)) if (best === null || better(value, best)) best = value;
  return best;
}

const min: Calc = (values, numeric) => extreme(values, numeric, (a, b) => a < b);
const max: Calc = (values, numeric) => extreme(values, numeric, (a, b) => a > b);
const sum = (values: Values, numeric: boolean): number => numbers(values, numeric).reduce((total, value) => total + value, 0);
const firstNotNull: Calc = (values) => values.find(present) ?? null;
const lastNotNull: Calc = (values) => values.findLast(present) ?? null;

function variance(values: Values, numeric: boolean): number {
  if (!numeric) return 0;
  let count = 0;
  let mean = 0;
  let squares = 0;
  // Welford's: large values with small differences do not cancel out.
  for (const value of nonNull(values) as number[]) {
    count++;
    const distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }
  return count > 0 ? squares / count : 0;
}

/** Growth of a counter: resets to a lower value do not count, nor does the first step after one. */
function delta(values: Values, numeric: boolean): number {
  const list = numbers(values, numeric);
  let total = 0;
  let rising = true;
  for (let index = 1; index < list.length; index++) {
    const step = list[index]! - list[index - 1]!;
    if (step < 0) rising = false;
    else {
      if (rising) total += step;
      rising = true;
    }
  }
  return total;
}

function smallestStep(values: Values, numeric: boolean): number | null {
  const list = numbers(values, numeric);
  let best: number | null = null;
  for (let index = 1; index < list.length; index++) {
    const step = list[index]! - list[index - 1]!;
    if (best === null || step < best) best = step;
  }
  return best;
}

function difference(values: Values): number | null {
  const first = firstNotNull(values, true);
  const last = lastNotNull(values, true);
  return typeof first === "number" && typeof last === "number" ? last - first : null;
}

function sorted(values: Values): number[] {
  return (nonNull(values) as number[]).sort((a, b) => a - b);
}

function median(values: Values): number | undefined {
  const list = sorted(values);
  const middle = Math.floor(list.length / 2);
  return list.length % 2 === 0 ? (list[middle - 1]! + list[middle]!) / 2 : list[middle];
}

function changes(values: Values): number {
  const list = values.filter((value) => value !== null);
  return list.filter((value, index) => index > 0 && value !== list[index - 1]).length;
}

const CALCS: Readonly<Record<string, Calc>> = {
  lastNotNull,
  firstNotNull,
  last: (values) => values.at(-1),
  first: (values) => values[0],
  min,
  max,
  sum,
  mean: (values, numeric) => {
    const list = numbers(values, numeric);
    return list.length ? sum(values, numeric) / list.length : null;
  },
  count: (values) => nonNull(values).length,
  countAll: (values) => values.length,
  median: (values) => median(values),
  variance,
  stdDev: (values, numeric) => Math.sqrt(variance(values, numeric)),
  range: (values, numeric) => {
    const low = min(values, numeric) as number | null;
    const high = max(values, numeric) as number | null;
    return low === null || high === null ? null : high - low;
  },
  diff: (values) => difference(values),
  diffperc: (values) => {
    const found = difference(values);
    return found === null ? 0 : (found / (firstNotNull(values, true) as number)) * 100;
  },
  delta,
  step: smallestStep,
  logmin: (values, numeric) => min(numbers(values, numeric).filter((value) => value > 0), numeric) ?? Number.MAX_VALUE,
  allIsNull: (values, numeric) => !numeric || numbers(values, true).length === 0,
  allIsZero: (values, numeric) => {
    const list = numbers(values, numeric);
    return list.length > 0 && list.every((value) => value === 0);
  },
  changeCount: (values) => changes(values),
  distinctCount: (values) => new Set(values.filter((value) => value !== null)).size,
  allValues: (values) => [...values],
  uniqueValues: (values) => [...new Set(values)],
};

/** Names of older dashboards. */
const ALIASES: Readonly<Record<string, string>> = { current: "lastNotNull", avg: "mean", total: "sum" };

const EMPTY: Readonly<Record<string, unknown>> = { sum: 0, count: 0, countAll: 0, allIsZero: false, allIsNull: true };

function percentile(calc: string): number | undefined {
  const rank = /^p([1-9]\d?)$/.exec(calc)?.[1];
  return rank === undefined ? undefined : Number(rank) / 100;
}

export function knownCalc(calc: string): boolean {
  return calc in CALCS || calc in ALIASES || percentile(calc) !== undefined;
}

/** null when there is nothing to calculate from. Unknown calcs give null; `knownCalc` tells beforehand. */
export function reduceField(field: Field, calc: string): unknown {
  const id = ALIASES[calc] ?? calc;
  if (field.values.length === 0) return EMPTY[id] ?? null;
  const share = percentile(id);
  if (share !== undefined) {
    const list = sorted(field.values);
    return list[Math.round((list.length - 1) * share)] ?? null;
  }
  return CALCS[id]?.(field.values, field.type === "number" || field.type === "time") ?? null;
}

const KEEPS_NO_UNIT = new Set(["count", "countAll", "distinctCount", "changeCount", "allIsNull", "allIsZero", "diffperc"]);

/** Whether the result is in the column's own unit: a count of bytes is not bytes. */
export function keepsUnit(calc: string): boolean {
  return !KEEPS_NO_UNIT.has(calc);
}

const NAMES: Readonly<Record<string, string>> = {
  lastNotNull: "Last *", last: "Last", firstNotNull: "First *", first: "First", min: "Min", max: "Max", mean: "Mean", sum: "Total", count: "Count",
  countAll: "Count all", median: "Median", variance: "Variance", stdDev: "StdDev", range: "Range", delta: "Delta", step: "Step", diff: "Difference",
  diffperc: "Difference percent", logmin: "Min (above zero)", allIsZero: "All Zeros", allIsNull: "All Nulls", changeCount: "Change Count",
  distinctCount: "Distinct Count", allValues: "All values", uniqueValues: "All unique values",
};

/** As legends and tables head their columns: "Last *", "95th %". */
export function calcName(calc: string): string {
  const id = ALIASES[calc] ?? calc;
  const share = percentile(id);
  if (share === undefined) return NAMES[id] ?? calc;
  const rank = Math.round(share * 100);
  const ending = rank > 3 && rank < 21 ? "th" : (["th", "st", "nd", "rd"][rank % 10] ?? "th");
  return `${rank}${ending} %`;
}
