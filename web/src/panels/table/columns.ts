/** Columns of a table: how wide, how aligned, how drawn; and the rows that filters and sorting leave. Pure. */

import type { DisplayValue, Field, Frame } from "../../frame/frame";
import type { Theme } from "../../format/colors";
import { display, whole } from "../../format/display";
import { fieldName } from "../../format/names";
import { textWidth } from "../../draw/ink";

export type CellKind = "auto" | "color-text" | "color-background" | "gauge" | "sparkline" | "json-view" | "image" | "pill" | "markdown";

export interface Column {
  field: Field;
  name: string;
  kind: CellKind;
  /** "gradient", "basic" or "lcd". */
  mode: string;
  /** Of gauges: whether the number is written beside it, and in which colour. */
  valueMode: string;
  align: "left" | "right" | "center";
  wrap: boolean;
  wholeRow: boolean;
  width: number;
  fixed: boolean;
  filterable: boolean;
  write(value: unknown): DisplayValue;
}

type Custom = Readonly<Record<string, any>>;

const OLD_KINDS: Readonly<Record<string, { type: string; mode?: string }>> = {
  "color-background": { type: "color-background", mode: "gradient" },
  "color-background-solid": { type: "color-background", mode: "basic" },
  "gradient-gauge": { type: "gauge", mode: "gradient" },
  "lcd-gauge": { type: "gauge", mode: "lcd" },
  basic: { type: "gauge", mode: "basic" },
};

const KINDS: readonly CellKind[] = ["color-text", "color-background", "gauge", "sparkline", "json-view", "image", "pill", "markdown"];

function cellOptions(custom: Custom): Custom {
  const given = custom.cellOptions ?? OLD_KINDS[custom.displayMode as string] ?? { type: custom.displayMode };
  return given ?? {};
}

const PADDING = 20;
const MINIMUM = 60;

/** From the header and a sample of the values: never more than the first hundred rows. */
function naturalWidth(field: Field, name: string, kind: CellKind, write: Column["write"]): number {
  if (kind === "gauge" || kind === "sparkline") return 180;
  let width = textWidth(name, 14) + 42;
  const step = Math.max(1, Math.floor(field.values.length / 100));
  for (let row = 0; row < field.values.length; row += step) width = Math.max(width, textWidth(whole(write(field.values[row])), 13) + PADDING);
  return Math.min(width, 420);
}

export function columnsOf(frame: Frame, frames: readonly Frame[], theme: Theme, timeZone: string): Column[] {
  return frame.fields.flatMap((field): Column[] => {
    const custom: Custom = field.config.custom ?? {};
    if (custom.hidden === true || custom.hideFrom?.viz === true) return [];
    const options = cellOptions(custom);
    const kind: CellKind = KINDS.includes(options.type) ? options.type : field.values.some(isFrame) ? "sparkline" : "auto";
    const write = display(field, theme, timeZone);
    const name = fieldName(field, frame, frames);
    const align = custom.align === "left" || custom.align === "right" || custom.align === "center" ? custom.align : field.type === "number" && kind !== "gauge" && kind !== "pill" ? "right" : "left";
    const fixed = typeof custom.width === "number" && custom.width > 0;
    const natural = fixed ? (custom.width as number) : Math.max(naturalWidth(field, name, kind, write), Number(custom.minWidth) || MINIMUM);
    return [{ field, name, kind, mode: options.mode ?? "gradient", valueMode: options.valueDisplayMode ?? "color", align, wrap: options.wrapText === true || custom.wrapText === true, wholeRow: options.applyToRow === true, width: natural, fixed, filterable: custom.filterable === true || field.config.filterable === true, write }];
  });
}

/** A column that colours its whole row: the first of them, as a column that the others take their look from. */
export const rowPainter = (columns: readonly Column[]): Column | undefined => columns.find((column) => column.wholeRow && column.kind === "color-background");

export function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && Array.isArray((value as Frame).fields);
}

/** Columns without a width of their own share what is left over; too many columns scroll. */
export function spread(columns: readonly Column[], width: number): number[] {
  const natural = columns.reduce((sum, column) => sum + column.width, 0);
  const loose = columns.filter((column) => !column.fixed);
  const room = width - natural;
  if (room <= 0 || !loose.length) return columns.map((column) => column.width);
  const total = loose.reduce((sum, column) => sum + column.width, 0);
  return columns.map((column) => (column.fixed ? column.width : column.width + (room * column.width) / total));
}

export interface Sort {
  column: number;
  descending: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

function isEmpty(value: unknown): boolean {
  return value == null || value === "" || Number.isNaN(value);
}

/** ">5", "<=5", "=x", "!=x", or a part of the text. */
export function filterTest(written: string): ((text: string, value: unknown) => boolean) | undefined {
  const wanted = written.trim();
  if (!wanted) return undefined;
  const [, operator = "", rest = ""] = /^(>=|<=|!=|>|<|=)?\s*(.*)$/s.exec(wanted)!;
  const number = Number(rest);
  switch (operator) {
    case ">":
      return (_, value) => typeof value === "number" && value > number;
    case ">=":
      return (_, value) => typeof value === "number" && value >= number;
    case "<":
      return (_, value) => typeof value === "number" && value < number;
    case "<=":
      return (_, value) => typeof value === "number" && value <= number;
    case "=":
      return (text, value) => text === rest || (rest !== "" && value === number);
    case "!=":
      return (text, value) => !(text === rest || value === number);
    default: {
      const part = wanted.toLowerCase();
      return (text) => text.toLowerCase().includes(part);
    }
  }
}

/** Row numbers of the frame that remain, in the order to show them. Empty values come last in both directions. */
export function shownRows(frame: Frame, columns: readonly Column[], filters: ReadonlyMap<number, string>, sort: Sort | null): number[] {
  let rows = Array.from({ length: frame.length }, (_, row) => row);
  for (const [at, written] of filters) {
    const column = columns[at];
    const test = filterTest(written);
    if (column && test) rows = rows.filter((row) => test(whole(column.write(column.field.values[row])), column.field.values[row]));
  }
  const column = sort && columns[sort.column];
  if (!column) return rows;
  const { values } = column.field;
  const sign = sort.descending ? -1 : 1;
  const key = (row: number): unknown => (isFrame(values[row]) ? (values[row] as unknown as { value: unknown }).value : values[row]);
  return rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (isEmpty(x) || isEmpty(y)) return Number(isEmpty(x)) - Number(isEmpty(y)) || a - b;
    return compare(x, y) * sign || a - b;
  });
}
