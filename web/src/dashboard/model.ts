/** A dashboard as the console works with it: every older spelling has been converted, every default filled in. Types only. */

import type { FieldConfig, Link } from "../frame/frame";

export interface DataSourceRef {
  type: string;
  uid: string;
}

export interface Target {
  refId: string;
  datasource: DataSourceRef | null;
  hide: boolean;
  /** The source's own fields: expr, legendFormat, format, instant, range, interval, query, queryType … */
  readonly query: Readonly<Record<string, unknown>>;
}

export interface Override {
  matcher: { id: string; options?: unknown };
  properties: readonly { id: string; value?: unknown }[];
}

export interface Transformation {
  id: string;
  options: Readonly<Record<string, unknown>>;
  disabled?: boolean;
  filter?: { id: string; options?: unknown };
}

/** A place in the grid: 24 columns; a row of the grid is 30 pixels and gaps are 8. */
export interface GridPlace {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Panel {
  /** Unique in the dashboard, also after panels were repeated. */
  key: string;
  id: number;
  type: string;
  title: string;
  description: string;
  place: GridPlace;
  transparent: boolean;
  datasource: DataSourceRef | null;
  targets: readonly Target[];
  transformations: readonly Transformation[];
  fieldConfig: { defaults: FieldConfig; overrides: readonly Override[] };
  /** The panel type's own options, in the newest spelling of that type. */
  options: Readonly<Record<string, unknown>>;
  links: readonly Link[];
  interval?: string;
  maxDataPoints?: number;
  timeFrom?: string;
  timeShift?: string;
  /** Its own time is not written beside its title. */
  hidesTime?: true;
  repeat?: { variable: string; direction: "h" | "v"; maxPerRow: number };
  /** Values of repeated variables that hold for this panel only. */
  scope: Readonly<Record<string, readonly string[]>>;
  /** What the conversion had to leave out, in words for a person. Empty: nothing is lost. */
  losses: readonly string[];
}

export interface Row {
  key: string;
  title: string;
  collapsed: boolean;
  panels: readonly Panel[];
  repeat?: string;
  /** Values of repeated variables that hold for this row only. */
  scope?: Readonly<Record<string, readonly string[]>>;
  /** The tab that it stands on; absent where the dashboard has none. */
  tab?: string;
  /** Its panels stand without a heading above them. */
  headless?: boolean;
}

/** One condition of an ad hoc variable: added to every selector of every query of its source. */
export interface Filter {
  label: string;
  operator: "=" | "!=" | "=~" | "!~";
  value: string;
}

export interface Variable {
  name: string;
  label: string;
  type: "query" | "custom" | "constant" | "datasource" | "interval" | "textbox" | "adhoc" | "groupby" | "switch";
  hide: "none" | "label" | "all";
  multi: boolean;
  includeAll: boolean;
  allValue: string;
  /** Chosen values; ["$__all"] for all. */
  current: readonly string[];
  options: readonly { text: string; value: string }[];
  query: unknown;
  regex: string;
  sort: number;
  refresh: "never" | "load" | "time";
  datasource: DataSourceRef | null;
  description?: string;
  /** Of an ad hoc variable. */
  filters?: readonly Filter[];
  /** Of an interval variable: also offer the interval that gives so many steps, but at least this long. */
  auto?: { count: number; min: string };
}

export interface Annotation {
  name: string;
  datasource: DataSourceRef | null;
  enabled: boolean;
  hidden: boolean;
  color: string;
  readonly query: Readonly<Record<string, unknown>>;
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  tags: readonly string[];
  /** Panels above the first row stand in a row without title. */
  rows: readonly Row[];
  variables: readonly Variable[];
  annotations: readonly Annotation[];
  links: readonly (Link & { type: "link" | "dashboards"; tags: readonly string[]; keepTime: boolean; includeVars: boolean; asDropdown: boolean })[];
  time: { from: string; to: string };
  timeZone: string;
  /** Seconds; 0 is off. */
  refresh_s: number;
  crosshair: "off" | "crosshair" | "tooltip";
  /** What could not be read at all, in words for a person. */
  losses: readonly string[];
}
