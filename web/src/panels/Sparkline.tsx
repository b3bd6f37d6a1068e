/** A small line without axes: SVG, as a hundred of them must cost little. */

import { useMemo } from "preact/hooks";

import type { Field, Frame, TimeRange } from "../frame/frame";

interface Path {
  line: string;
  area: string;
}

/** At most one point per pixel; a gap starts a new piece. */
export function sparkPath(xs: readonly unknown[] | undefined, ys: readonly unknown[], width: number, height: number, bounds: { min?: number; max?: number }, range?: TimeRange): Path {
  const numbers = ys.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (!numbers.length) return { line: "", area: "" };
  let low = bounds.min ?? Infinity;
  let high = bounds.max ?? -Infinity;
  for (const value of numbers) {
    if (bounds.min === undefined && value < low) low = value;
    if (bounds.max === undefined && value > high) high = value;
  }
  if (high === low) [low, high] = [low - 1, high + 1];
  const first = xs ? Math.min(Number(xs[0]), range?.from ?? Infinity) : 0;
  const last = xs ? Math.max(Number(xs.at(-1)), range?.to ?? -Infinity) : ys.length - 1;
  const x = (row: number): number => (((xs ? Number(xs[row]) : row) - first) / (last - first || 1)) * width;
  const y = (value: number): number => height - 2 - ((value - low) / (high - low)) * (height - 4);
  const step = Math.max(1, Math.floor(ys.length / Math.max(width, 1)));
  const pieces: string[][] = [];
  let open = false;
  for (let row = 0; row < ys.length; row += step) {
    const value = ys[row];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      open = false;
      continue;
    }
    if (!open) pieces.push([]);
    open = true;
    pieces.at(-1)!.push(`${x(row).toFixed(1)},${y(value).toFixed(1)}`);
  }
  const line = pieces.map((piece) => `M${piece.join("L")}`).join("");
  const area = pieces.map((piece) => `M${piece[0]!.split(",")[0]},${height}L${piece.join("L")}L${piece.at(-1)!.split(",")[0]},${height}Z`).join("");
  return { line, area };
}

export function Sparkline({ field, frame, width, height, color, range, area = true }: { field: Field; frame: Frame; width: number; height: number; color: string; range?: TimeRange; area?: boolean }) {
  const path = useMemo(() => {
    const times = frame.fields.find((other) => other.type === "time");
    return sparkPath(times?.values, field.values, width, height, { min: field.config.min, max: field.config.max }, times ? range : undefined);
  }, [field, frame, width, height, range?.from, range?.to]);
  return (
    <svg class="wk-spark" width={width} height={height} aria-hidden="true">
      {area && <path d={path.area} fill={color} fill-opacity="0.2" />}
      <path d={path.line} fill="none" stroke={color} stroke-width="1.5" stroke-linejoin="round" />
    </svg>
  );
}
