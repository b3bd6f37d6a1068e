/** From frames to the few values that stat, gauge, bar gauge and pie show. */

import type { DisplayValue, Field, Frame, Link } from "../frame/frame";
import type { Theme } from "../format/colors";
import { display } from "../format/display";
import { pattern } from "../format/mappings";
import { fieldName } from "../format/names";
import { calcName, keepsUnit, reduceField } from "../reduce/reduce";

export interface ShownValue {
  name: string;
  field: Field;
  frame: Frame;
  shown: DisplayValue;
  /** The row the value stands in, when each row is a value. */
  row: number | null;
  links: readonly Link[];
}

export interface ReduceOptions {
  values: boolean;
  calcs: readonly string[];
  /** "" for numbers, a column's name, or /an expression/. */
  fields: string;
  limit: number;
  /** Smaller text before and behind each value, of the single values of old dashboards. */
  prefix?: string;
  postfix?: string;
}

/** Grafana's `options.reduceOptions`, with its defaults. */
export function reduceOptions(options: Readonly<Record<string, any>>): ReduceOptions {
  const { values = false, calcs, fields = "", limit = 25 } = options.reduceOptions ?? {};
  return { values: values === true, calcs: Array.isArray(calcs) && calcs.length ? calcs : ["lastNotNull"], fields: typeof fields === "string" ? fields : "", limit: Number(limit) || 25, prefix: options.prefix, postfix: options.postfix };
}

function chosenBy(text: string, frames: readonly Frame[]): (field: Field, frame: Frame) => boolean {
  if (!text) return (field) => field.type === "number";
  if (text === "/.*/") return () => true;
  const expression = text.startsWith("/") ? pattern(text) : undefined;
  return (field, frame) => {
    const name = fieldName(field, frame, frames);
    return expression ? name.search(expression) >= 0 : name === text || field.name === text;
  };
}

/** A calc that is not in the column's unit (a count, a percentage) is written without it. */
function calcField(field: Field, calc: string): Field {
  if (keepsUnit(calc)) return field;
  return { ...field, type: "number", config: { ...field.config, unit: calc === "diffperc" ? "percent" : "none", decimals: calc === "diffperc" ? field.config.decimals : 0 } };
}

function rowName(frame: Frame, field: Field, row: number, many: boolean, frames: readonly Frame[]): string {
  const texts = frame.fields.filter((other) => other.type === "string" && other !== field).map((other) => String(other.values[row] ?? ""));
  const own = fieldName(field, frame, frames);
  return [...texts, ...(many || !texts.length ? [own] : [])].join(" ");
}

function affixed(shown: DisplayValue, { prefix, postfix }: ReduceOptions): DisplayValue {
  if (!prefix && !postfix) return shown;
  return { ...shown, prefix: `${prefix ?? ""}${shown.prefix ?? ""}`, suffix: `${shown.suffix ?? ""}${postfix ?? ""}` };
}

export function shownValues(frames: readonly Frame[], options: ReduceOptions, theme: Theme, timeZone: string): ShownValue[] {
  const chosen = chosenBy(options.fields, frames);
  const found: ShownValue[] = [];
  for (const frame of frames) {
    const fields = frame.fields.filter((field) => chosen(field, frame) && field.config.custom?.hideFrom !== true && (field.config.custom?.hideFrom as { viz?: boolean } | undefined)?.viz !== true);
    for (const field of fields) {
      if (options.values) {
        const write = display(field, theme, timeZone);
        for (let row = 0; row < Math.min(frame.length, options.limit) && found.length < options.limit; row++) {
          found.push({ name: rowName(frame, field, row, fields.length > 1, frames), field, frame, shown: affixed(write(field.values[row]), options), row, links: field.config.links ?? [] });
        }
        continue;
      }
      for (const calc of options.calcs) {
        const write = display(calcField(field, calc), theme, timeZone);
        const name = fieldName(field, frame, frames);
        const shown = affixed(write(reduceField(field, calc)), options);
        found.push({ name: options.calcs.length > 1 ? `${calcName(calc)} ${name}` : name, field, frame, shown, row: null, links: field.config.links ?? [] });
      }
    }
  }
  return found;
}

/** Value, prefix and suffix of the longest: all boxes of a panel use one size of type. */
export function longestText(values: readonly ShownValue[], pick: (value: ShownValue) => string): string {
  return values.reduce((longest, value) => (pick(value).length > longest.length ? pick(value) : longest), "");
}
