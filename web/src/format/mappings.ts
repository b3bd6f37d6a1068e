/** Value mappings and thresholds: which rule holds for a value. */

import type { Mapping, MappingResult, Threshold, Thresholds } from "../frame/frame";

/** "/x/i" with its flags, or a plain text that must match as a whole. undefined when it is no expression at all. */
export function pattern(text: string): RegExp | undefined {
  const written = /^\/(.*?)\/(g?i?m?y?s?)$/s.exec(text);
  try {
    if (written) return new RegExp(written[1]!, written[2]);
    return text.startsWith("/") ? undefined : new RegExp(`^${text}$`);
  } catch {
    return undefined;
  }
}

function isSpecial(match: string, value: unknown): boolean {
  const nan = typeof value === "number" && Number.isNaN(value);
  switch (match) {
    case "null":
      return value == null;
    case "nan":
      return nan;
    case "null+nan":
      return nan || value == null;
    case "true":
      return value === true || value === "true";
    case "false":
      return value === false || value === "false";
    case "empty":
      return value === "";
    default:
      return false;
  }
}

/** A bound that is missing, empty or no number does not bound. */
function within(value: number, from: unknown, to: unknown): boolean {
  const low = from == null ? -Infinity : Number(from);
  const high = to == null ? Infinity : Number(to);
  return !(value < low) && !(value > high);
}

function resultOf(mapping: Mapping, value: unknown): MappingResult | undefined {
  if (!mapping?.options) return undefined;
  if (mapping.type === "special") return isSpecial(mapping.options.match, value) ? mapping.options.result : undefined;
  if (value == null) return undefined;
  if (mapping.type === "value") {
    const key = String(value);
    return Object.hasOwn(mapping.options, key) ? mapping.options[key] : undefined;
  }
  if (mapping.type === "range") {
    const number = Number.parseFloat(String(value));
    return !Number.isNaN(number) && within(number, mapping.options.from, mapping.options.to) ? mapping.options.result : undefined;
  }
  if (mapping.type !== "regex" || typeof value !== "string") return undefined;
  const expression = pattern(mapping.options.pattern);
  if (!expression || value.search(expression) < 0) return undefined;
  const { result } = mapping.options;
  return result.text == null ? result : { ...result, text: value.replace(expression, result.text) };
}

/** The first mapping that fits; undefined when none does. */
export function mapped(mappings: readonly Mapping[] | undefined, value: unknown): MappingResult | undefined {
  for (const mapping of mappings ?? []) {
    const result = resultOf(mapping, value);
    if (result) return result;
  }
  return undefined;
}

/** The last step that the value reaches; steps are in rising order. `percent` runs from 0 to 1. */
export function activeStep(thresholds: Thresholds | undefined, value: number, percent: number): Threshold | undefined {
  if (!thresholds?.steps?.length) return undefined;
  const reached = thresholds.mode === "percentage" ? percent * 100 : value;
  let active = thresholds.steps[0]!;
  for (const step of thresholds.steps) {
    // JSON has no infinity: the base step comes as null, in old files as -Infinity.
    if (reached >= (step.value ?? -Infinity)) active = step;
    else break;
  }
  return active;
}
