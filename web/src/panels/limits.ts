/** The span that a gauge covers, and its thresholds on it. Pure. */

import type { Field } from "../frame/frame";
import { cssColor, type Theme } from "../format/colors";
import { reduceField } from "../reduce/reduce";

export interface Limits {
  min: number;
  max: number;
}

/** Set bounds, else those of the data of the panel, else 0 to 100. */
export function limits(field: Field): Limits {
  const { min, max } = field.config;
  const range = field.state?.range;
  const low = min ?? (range ? Math.min(0, range.min) : (reduceField(field, "min") as number | null)) ?? 0;
  const high = max ?? range?.max ?? (reduceField(field, "max") as number | null) ?? 100;
  return high > low ? { min: low, max: high } : { min: low, max: low + (field.config.unit === "percentunit" ? 1 : 100) };
}

export function share(value: number, { min, max }: Limits): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 0;
}

export interface Segment {
  from: number;
  to: number;
  color: string;
}

/** Thresholds as shares of the span, from 0 to 1, without the parts outside of it. */
export function segments(field: Field, span: Limits, theme: Theme): Segment[] {
  const thresholds = field.config.thresholds;
  const steps = thresholds?.steps ?? [];
  const at = (value: number | null): number => {
    if (value === null || value === -Infinity) return 0;
    return thresholds!.mode === "percentage" ? Math.min(1, Math.max(0, value / 100)) : share(value, span);
  };
  return steps
    .map((step, index) => ({ from: at(step.value), to: index + 1 < steps.length ? at(steps[index + 1]!.value) : 1, color: cssColor(step.color, theme) }))
    .filter((segment) => segment.to > segment.from);
}
