/** From a value to what a person reads: unit, decimals, mapping, colour. One function per column, made once and called per value. */

import type { DisplayValue, Field, Threshold } from "../frame/frame";
import { reduceField } from "../reduce/reduce";
import { CLASSIC, COLOUR_BLIND, cssColor, readable, shades, type Theme } from "./colors";
import { continuous } from "./gradients";
import { activeStep, mapped } from "./mappings";
import { fieldName } from "./names";
import { unitFormat } from "./units";

export type { Theme } from "./colors";

type Colorize = (value: number, percent: number, step: Threshold | undefined) => string;

/** Small, stable and well spread: the same series name has the same colour on every dashboard. */
function nameHash(text: string): number {
  let hash = 5381;
  for (let index = text.length - 1; index >= 0; index--) hash = (hash * 33) ^ text.charCodeAt(index);
  return hash >>> 0;
}

function paletteColor(field: Field, mode: string, theme: Theme): string | undefined {
  const index = field.state?.seriesIndex ?? 0;
  const pick = (palette: readonly string[], at: number): string => cssColor(palette[at % palette.length], theme);
  switch (mode) {
    case "palette-classic":
      return pick(CLASSIC, index);
    case "palette-classic-by-name":
      return pick(readable(CLASSIC, theme), nameHash(fieldName(field)));
    case "palette-colorblind":
      return pick(readable(COLOUR_BLIND, theme), index);
    case "fixed":
    case "gradient":
      return cssColor(field.config.color?.fixedColor, theme);
    case "shades":
      return pick(shades(cssColor(field.config.color?.fixedColor, theme)), index);
    default:
      return undefined;
  }
}

function colorize(field: Field, theme: Theme): Colorize {
  const mode = field.config.color?.mode ?? "thresholds";
  const same = paletteColor(field, mode, theme);
  if (same !== undefined) return () => same;
  const gradient = continuous(mode, theme);
  if (gradient) return (_, percent) => gradient(percent);
  return (_, __, step) => cssColor(step?.color, theme);
}

interface Scaled {
  percent: number;
  color: string;
}

function fieldRange(field: Field): { min: number; max: number } {
  if (field.state?.range) return field.state.range;
  if (field.type !== "number") return { min: 0, max: 100 };
  return {
    min: field.config.min ?? (reduceField(field, "min") as number | null) ?? 0,
    max: field.config.max ?? (reduceField(field, "max") as number | null) ?? (field.values.length ? 0 : 100),
  };
}

/** Where a number stands between the column's bounds, and its colour; -Infinity stands for "no number". */
export function valueScale(field: Field, theme: Theme): (value: number) => Scaled {
  if (field.type === "boolean") {
    const gradient = continuous(field.config.color?.mode ?? "", theme);
    const [no, yes] = gradient ? [gradient(0), gradient(1)] : [cssColor("red", theme), cssColor("green", theme)];
    return (value) => (value ? { percent: 1, color: yes } : { percent: 0, color: no });
  }
  const color = colorize(field, theme);
  const { min, max } = fieldRange(field);
  return (value) => {
    const share = value === -Infinity ? 0 : (value - min) / (max - min);
    const percent = Number.isNaN(share) ? 0 : share;
    return { percent, color: color(value, percent, activeStep(field.config.thresholds, value, percent)) };
  };
}

const BY_VALUE = /^(thresholds|continuous-.*)$/;

/** One colour for the whole column: modes that colour by value take its last, min or max. */
export function seriesColor(field: Field, theme: Theme): string {
  const mode = field.config.color?.mode ?? "thresholds";
  if (!BY_VALUE.test(mode)) return valueScale(field, theme)(0).color;
  const calc = { min: "min", max: "max", last: "lastNotNull" }[field.config.color?.seriesBy ?? "last"] ?? "lastNotNull";
  const value = reduceField(field, calc);
  return valueScale(field, theme)(typeof value === "number" ? value : 0).color;
}

export function isColoredByValue(field: Field): boolean {
  return BY_VALUE.test(field.config.color?.mode ?? "thresholds");
}

const DATE_UNIT = /^(dateTimeAs(Iso|US|Local)(NoDateIfToday)?|dateTimeFromNow|dateTimeAsSystem|time:.*)$/;

function numericOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (value == null || value === "" || Array.isArray(value)) return NaN;
  return typeof value === "object" ? NaN : Number(value);
}

/** A short span of time is told apart by milliseconds only. */
function needsMilliseconds(field: Field): boolean {
  const first = Number(field.values[0]);
  const last = Number(field.values.at(-1));
  return field.values.length > 1 && Math.abs(last - first) < 60_000;
}

function unitOf(field: Field): string | undefined {
  const { unit } = field.config;
  if (field.type === "time" && !(unit && DATE_UNIT.test(unit))) return "dateTimeAsSystem";
  if (field.type === "boolean" && !unit?.startsWith("bool")) return "bool";
  return !unit && field.type === "string" ? "string" : unit;
}

function plainText(value: unknown): string {
  if (value == null) return "";
  if (Array.isArray(value)) return value.map(plainText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Digits that a double cannot hold name something, such as a statement, and must not be rounded. */
const isIdentifier = (value: unknown): boolean => typeof value === "string" && /^-?\d{16,}$/.test(value) && !Number.isSafeInteger(Number(value));

/** `timeZone` is an IANA name, "utc" or "browser". The result may be kept: it looks at the field only here. */
export function display(field: Field, theme: Theme, timeZone: string): (value: unknown) => DisplayValue {
  const { config } = field;
  const unit = unitOf(field);
  const isDate = unit !== undefined && DATE_UNIT.test(unit);
  const milliseconds = field.type === "time" && needsMilliseconds(field);
  const format = unitFormat(unit || "none");
  const scale = valueScale(field, theme);
  return (given) => {
    const value = isDate && typeof given === "string" ? (Number.isNaN(Number(given)) ? Date.parse(given) : Number(given)) : given;
    const numeric = unit === "string" || isIdentifier(value) ? NaN : numericOf(value);
    const mapping = mapped(config.mappings, value);
    const isNumber = !Number.isNaN(numeric);
    const { percent, color } = scale(isNumber ? numeric : -Infinity);
    const shown: DisplayValue = { text: "", numeric, percent, color: mapping?.color ? cssColor(mapping.color, theme) : color };
    if (mapping?.icon) shown.icon = mapping.icon;
    if (mapping?.text != null) shown.text = mapping.text;
    else if (isNumber && typeof value !== "boolean") Object.assign(shown, format(numeric, config.decimals, timeZone, milliseconds));
    else shown.text = plainText(value) || config.noValue || "";
    if (shown.text === "" && config.noValue && mapping?.text == null) shown.text = config.noValue;
    return shown;
  };
}

/** Prefix, text and suffix together. */
export function whole(shown: DisplayValue): string {
  return `${shown.prefix ?? ""}${shown.text}${shown.suffix ?? ""}`;
}
