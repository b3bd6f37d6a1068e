/** Grafana's own data library, for tests only: what units, mappings and transformations must agree with. Never imported by the page. */

import { createRequire } from "node:module";

import type { Field, Frame } from "../frame/frame";

type Oracle = typeof import("@grafana/data");

// It asks for the browser's languages while it loads.
const languages = { language: "en-US", languages: ["en-US"], userAgent: "node", platform: "linux" };
if (!globalThis.navigator?.languages) Object.defineProperty(globalThis, "navigator", { value: languages, configurable: true });

// Its ES modules import CommonJS ones by name, which Node refuses: take the CommonJS build.
export const oracle = createRequire(import.meta.url)("@grafana/data") as Oracle;

export const oracleTheme = {
  dark: oracle.createTheme({ colors: { mode: "dark" } }),
  light: oracle.createTheme({ colors: { mode: "light" } }),
};

/** A copy in the oracle's form: it writes into what it is given. */
export function oracleField(field: Field): any {
  const steps = field.config.thresholds?.steps.map((step) => ({ ...step, value: step.value ?? -Infinity }));
  const config = structuredClone({ ...field.config, ...(steps ? { thresholds: { ...field.config.thresholds, steps } } : {}) });
  const { state } = field;
  const range = state?.range ? { ...state.range, delta: state.range.max - state.range.min } : undefined;
  return { ...field, values: [...field.values], config, ...(state ? { state: { ...state, range } } : { state: undefined }) };
}

export function oracleFrame(frame: Frame): any {
  return { ...frame, fields: frame.fields.map(oracleField) };
}
