/** What a panel type decides for its columns where the dashboard says nothing; the same as in Grafana. */

import type { FieldConfig, Thresholds } from "../frame/frame";

const THRESHOLDS: Thresholds = { mode: "absolute", steps: [{ value: null, color: "green" }, { value: 80, color: "red" }] };

/** Types that are not here colour by thresholds. */
const COLOR_MODES: Readonly<Record<string, string>> = {
  timeseries: "palette-classic",
  trend: "palette-classic",
  xychart: "palette-classic",
  barchart: "palette-classic",
  histogram: "palette-classic",
  piechart: "palette-classic",
  candlestick: "palette-classic",
  "state-timeline": "continuous-GrYlRd",
};

export function withTypeDefaults(type: string, defaults: FieldConfig): FieldConfig {
  const color = defaults.color?.mode ? defaults.color : { ...defaults.color, mode: COLOR_MODES[type] ?? "thresholds" };
  return { ...defaults, thresholds: defaults.thresholds ?? THRESHOLDS, color };
}
