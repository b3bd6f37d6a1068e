/** Values over time to spans of the same value. Pure. */

import type { DisplayValue, Field, Frame } from "../frame/frame";
import type { Theme } from "../format/colors";
import { activeStep } from "../format/mappings";
import { display } from "../format/display";
import { fieldName } from "../format/names";

export interface StateSpan {
  from: number;
  to: number;
  value: unknown;
  shown: DisplayValue;
}

export interface StateRow {
  name: string;
  field: Field;
  spans: readonly StateSpan[];
}

export interface SpanOptions {
  /** Values that follow each other and are the same are one span. */
  merge: boolean;
  /** One span per measurement, at the measurement's own distance. */
  single: boolean;
  end: number;
  theme: Theme;
  timeZone: string;
}

/** Numbers on the same threshold step are the same state, unless mappings or another colour mode tell them apart. */
function stateKey(field: Field, value: unknown): unknown {
  const byThreshold = typeof value === "number" && (field.config.color?.mode ?? "thresholds") === "thresholds" && field.config.thresholds && !field.config.mappings?.length;
  if (!byThreshold) return value;
  const range = field.state?.range;
  return activeStep(field.config.thresholds, value, range ? (value - range.min) / (range.max - range.min) : 0)?.color;
}

function spansOf(times: readonly number[], field: Field, options: SpanOptions): StateSpan[] {
  const write = display(field, options.theme, options.timeZone);
  const step = times.length > 1 ? times[1]! - times[0]! : options.end - (times[0] ?? 0);
  const spans: StateSpan[] = [];
  let key: unknown;
  times.forEach((time, row) => {
    const value = field.values[row];
    const last = spans.at(-1);
    const own = stateKey(field, value);
    if (last && !options.single) last.to = Math.min(last.to, time);
    // A gap that is not mapped to a text ends the state before it.
    if (value == null && write(value).text === "") {
      key = undefined;
      if (last && !options.single) last.to = time;
      return;
    }
    const end = options.single ? time + step : (times[row + 1] ?? Math.max(options.end, time + step));
    if (last && !options.single && options.merge && key === own && last.to >= time) last.to = end;
    else spans.push({ from: time, to: end, value, shown: write(value) });
    key = own;
  });
  return spans;
}

export function stateRows(frames: readonly Frame[], options: SpanOptions): StateRow[] {
  return frames.flatMap((frame) => {
    const times = frame.fields.find((field) => field.type === "time");
    if (!times) return [];
    return frame.fields
      .filter((field) => field !== times && field.type !== "time" && field.type !== "other" && (field.config.custom?.hideFrom as { viz?: boolean } | undefined)?.viz !== true)
      .map((field) => ({ name: fieldName(field, frame, frames), field, spans: spansOf(times.values as readonly number[], field, options) }));
  });
}

/** What the legend tells: each text with its colour, once. */
export function legendEntries(rows: readonly StateRow[]): { text: string; color: string }[] {
  const found = new Map<string, string>();
  for (const row of rows) for (const span of row.spans) found.set(`${span.shown.prefix ?? ""}${span.shown.text}${span.shown.suffix ?? ""}`, span.shown.color ?? "");
  return [...found].slice(0, 30).map(([text, color]) => ({ text, color }));
}
