/** Gradients by name: the continuous colour modes of fields. */

import { blend, cssColor, type Theme } from "./colors";

/** Names of hues in the theme, from the lowest value to the highest. */
const HUED: Readonly<Record<string, readonly string[]>> = {
  "continuous-GrYlRd": ["green", "yellow", "red"],
  "continuous-RdYlGr": ["red", "yellow", "green"],
  "continuous-BlYlRd": ["dark-blue", "super-light-yellow", "dark-red"],
  "continuous-YlRd": ["super-light-yellow", "dark-red"],
  "continuous-BlPu": ["blue", "purple"],
  "continuous-YlBl": ["super-light-yellow", "dark-blue"],
  "continuous-blues": ["panel-bg", "dark-blue"],
  "continuous-reds": ["panel-bg", "dark-red"],
  "continuous-greens": ["panel-bg", "dark-green"],
  "continuous-purples": ["panel-bg", "dark-purple"],
};

/** Nine colours each, sampled at even distances from the public schemes of the same names. Those of heatmaps alone are in panels/heatschemes.ts. */
const SCHEMES: Readonly<Record<string, string>> = {
  viridis: "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725",
  magma: "000004 1d1147 51127c 832681 b73779 e75263 fc8961 fec488 fcfdbf",
  plasma: "0d0887 4c02a1 7e03a8 aa2395 cc4778 e66c5c f89540 fdc527 f0f921",
  inferno: "000004 210c4a 57106e 8a226a bc3754 e45a31 f98e09 f9cb35 fcffa4",
  cividis: "002051 11366c 3c4d6e 62646f 7f7c75 9a9478 bbaf71 e2cb5c fdea45",
};

/** Sequential schemes that fields may name too. */
export function schemeColors(name: string): readonly string[] | undefined {
  return SCHEMES[name]?.split(" ").map((hex) => `#${hex}`);
}

const STEPS = 256;
const ramps = new Map<string, readonly string[]>();

/** 256 colours of a gradient, made once: fields ask for a colour per value. */
function ramp(key: string, colors: readonly string[]): readonly string[] {
  let found = ramps.get(key);
  if (!found) {
    found = Array.from({ length: STEPS + 1 }, (_, step) => blend(colors, step / STEPS));
    ramps.set(key, found);
  }
  return found;
}

/** The colour at 0 to 1 of a field's colour mode; undefined when the mode is no gradient. */
export function continuous(mode: string, theme: Theme): ((at: number) => string) | undefined {
  const hued = HUED[mode]?.map((name) => cssColor(name, theme));
  const colors = hued ?? (mode.startsWith("continuous-") ? schemeColors(mode.slice("continuous-".length)) : undefined);
  if (!colors) return undefined;
  const steps = ramp(`${mode} ${theme}`, colors);
  return (at) => steps[Math.round(Math.min(Math.max(Number.isNaN(at) ? 0 : at, 0), 1) * STEPS)]!;
}
