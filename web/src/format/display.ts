/** From a value to what a person reads: unit, decimals, mapping, colour. One function per column, made once and called per value. */

import type { DisplayValue, Field } from "../frame/frame";

export type Theme = "dark" | "light";

/** `timeZone` is an IANA name, "utc" or "browser". */
export function display(_field: Field, _theme: Theme, _timeZone: string): (value: unknown) => DisplayValue {
  return (value) => ({ text: String(value), numeric: Number(value) });
}
