/** Tables of columns: what every query answers, every transformation takes and gives, and every panel draws. Types only. */

export type FieldType = "time" | "number" | "string" | "boolean" | "other";

export type Labels = Readonly<Record<string, string>>;

/** One column. A time is milliseconds since 1970; a gap is null. */
export interface Field {
  name: string;
  type: FieldType;
  values: readonly unknown[];
  labels?: Labels;
  /** What the panel's fieldConfig and its overrides decided for this column; empty until they are applied. */
  config: FieldConfig;
  /** What `applyFieldConfig` found out about this column among all columns of the panel. */
  state?: {
    /** The name to show. */
    displayName: string;
    /** Its place among the columns that are not times: picks the colour of a palette. */
    seriesIndex: number;
    /** Where 0 % and 100 % lie for thresholds in percent and for continuous colours; null without numbers. */
    range: { min: number; max: number } | null;
  };
}

export interface Frame {
  /** The query it came from ("A", "B" …). */
  refId: string;
  name?: string;
  fields: Field[];
  /** Rows; every field has this many values. */
  length: number;
  /** How the data wants to be shown, where the source knows. */
  kind?: "series" | "table" | "logs" | "heatmap" | "nodes" | "edges" | "trace";
  /** What the source wants to be told to people, for example that it cut the result. */
  notices?: readonly string[];
}

export interface Threshold {
  /** null is minus infinity. */
  value: number | null;
  color: string;
}

export interface Thresholds {
  mode: "absolute" | "percentage";
  steps: readonly Threshold[];
}

export interface MappingResult {
  text?: string;
  color?: string;
  icon?: string;
  index?: number;
}

export type Mapping =
  | { type: "value"; options: Readonly<Record<string, MappingResult>> }
  | { type: "range"; options: { from: number | null; to: number | null; result: MappingResult } }
  | { type: "regex"; options: { pattern: string; result: MappingResult } }
  | { type: "special"; options: { match: "null" | "nan" | "null+nan" | "true" | "false" | "empty"; result: MappingResult } };

export interface Link {
  title: string;
  url: string;
  targetBlank?: boolean;
}

/** Grafana's field config, complete: `custom` is what the panel type itself reads (line width, axis, stacking …). */
export interface FieldConfig {
  displayName?: string;
  displayNameFromDS?: string;
  unit?: string;
  decimals?: number;
  min?: number;
  max?: number;
  noValue?: string;
  color?: { mode: string; fixedColor?: string; seriesBy?: string };
  thresholds?: Thresholds;
  mappings?: readonly Mapping[];
  /** Take min and max from this column alone instead of from all columns of the panel. */
  fieldMinMax?: boolean;
  description?: string;
  filterable?: boolean;
  links?: readonly Link[];
  custom?: Readonly<Record<string, unknown>>;
}

/** A value as a person reads it: `prefix` and `suffix` stand apart from `text` so that they can be drawn smaller. */
export interface DisplayValue {
  text: string;
  prefix?: string;
  suffix?: string;
  /** A CSS colour, already resolved for the theme. */
  color?: string;
  /** The number behind the text; NaN where there is none. */
  numeric: number;
  icon?: string;
  /** Where the number lies between the column's min (0) and max (1). */
  percent?: number;
}

/** Milliseconds since 1970, both included. */
export interface TimeRange {
  from: number;
  to: number;
}
