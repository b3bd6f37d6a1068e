/** Colours: names to CSS, palettes, gradients between colours, and shades. Nothing about fields or values. */

export type Theme = "dark" | "light";
export type Rgb = readonly [red: number, green: number, blue: number];

const HUES = ["red", "orange", "yellow", "green", "blue", "purple"];
const DEPTHS = ["super-light-", "light-", "", "semi-dark-", "dark-"];
/** One row per hue, lightest first; the light theme takes the same rows one shade darker. */
const SHADES: readonly (readonly string[])[] = [
  ["#FFA6B0", "#FF7383", "#F2495C", "#E02F44", "#C4162A", "#AD0317"],
  ["#FFCB7D", "#FFB357", "#FF9830", "#FF780A", "#FA6400", "#E55400"],
  ["#FFF899", "#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400", "#CC9D00"],
  ["#C8F2C2", "#96D98D", "#73BF69", "#56A64B", "#37872D", "#19730E"],
  ["#C0D8FF", "#8AB8FF", "#5794F2", "#3274D9", "#1F60C4", "#1250B0"],
  ["#DEB6F2", "#CA95E5", "#B877D9", "#A352CC", "#8F3BB8", "#7C2EA3"],
];

function named(theme: Theme): Map<string, string> {
  const names = new Map<string, string>();
  HUES.forEach((hue, row) => DEPTHS.forEach((depth, column) => names.set(depth + hue, SHADES[row]![column + (theme === "light" ? 1 : 0)]!)));
  names.set("transparent", theme === "light" ? "rgba(255, 255, 255, 0)" : "rgba(0,0,0,0)");
  names.set("panel-bg", theme === "light" ? "#ffffff" : "#181b1f");
  names.set("text", theme === "light" ? "rgba(36, 41, 46, 1)" : "rgb(204, 204, 220)");
  return names;
}
const NAMED: Readonly<Record<Theme, Map<string, string>>> = { dark: named("dark"), light: named("light") };

const DEEPER = "447EBC C15C17 890F02 0A437C 6D1F62 584477 B7DBAB F4D598 70DBED F9BA8F F29191 82B5D8 E5A8E2 AEA2E0 629E51 E5AC0E 64B0C8 E0752D BF1B00 0A50A1 962D82 614D93 9AC48A F2C96D 65C5DB F9934E EA6460 5195CE D683CE 806EB7 3F6833 967302 2F575E 99440A 58140C 052B51 511749 3F2B5B E0F9D7 FCEACA CFFAFF F9E2D2 FCE2DE BADFF4 F9D9F9 DEDAF7";
/** The order that people know series colours by. */
export const CLASSIC: readonly string[] = [
  "green", "semi-dark-yellow", "blue", "orange", "red", "purple",
  ...["dark-", "super-light-"].flatMap((depth) => ["green", "yellow", "blue", "orange", "red", "purple"].map((hue) => depth + hue)),
  ...DEEPER.split(" ").map((hex) => `#${hex}`),
];
export const COLOUR_BLIND: readonly string[] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000", "#FFFFFF"];

export const FALLBACK = "gray";
/** CSS colours that dashboards name; canvas and DOM know the rest by themselves. */
const NATIVE: Readonly<Record<string, string>> = {
  gray: "#808080", grey: "#808080", black: "#000000", white: "#ffffff", brown: "#a52a2a", pink: "#ffc0cb", cyan: "#00ffff", magenta: "#ff00ff",
  teal: "#008080", lime: "#00ff00", navy: "#000080", gold: "#ffd700", lightgray: "#d3d3d3", darkgray: "#a9a9a9", lightblue: "#add8e6", darkblue: "#00008b",
  lightgreen: "#90ee90", darkgreen: "#006400", darkred: "#8b0000", darkorange: "#ff8c00", violet: "#ee82ee", silver: "#c0c0c0",
};

/** A name, a #hex or an rgb() to a CSS colour of the theme. What is unknown goes through: CSS may know it. */
export function cssColor(name: string | undefined, theme: Theme): string {
  if (!name) return NATIVE[FALLBACK]!;
  return NAMED[theme].get(name) ?? NATIVE[name.toLowerCase()] ?? name;
}

/** Only #rgb, #rrggbb(aa) and rgb()/rgba(): what `cssColor` answers. Anything else is gray. */
export function rgb(css: string): Rgb {
  const name = NATIVE[css] ?? css;
  if (name.startsWith("#")) {
    const hex = name.length < 7 ? [...name.slice(1, 4)].map((digit) => digit + digit).join("") : name.slice(1, 7);
    const value = Number.parseInt(hex, 16);
    return Number.isNaN(value) ? [128, 128, 128] : [value >> 16, (value >> 8) & 255, value & 255];
  }
  const parts = name.match(/[\d.]+/g)?.slice(0, 3).map(Number);
  return parts?.length === 3 && name.startsWith("rgb") ? [parts[0]!, parts[1]!, parts[2]!] : [128, 128, 128];
}

export function alpha(css: string, opacity: number): string {
  const [red, green, blue] = rgb(css);
  return `rgba(${Math.round(red)}, ${Math.round(green)}, ${Math.round(blue)}, ${opacity})`;
}

export function hex([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((part) => Math.round(Math.min(Math.max(part, 0), 255)).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(css: string): number {
  const [red, green, blue] = rgb(css).map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever reads better on the colour. */
export function textOn(css: string): string {
  return contrast(css, "#ffffff") >= contrast(css, "#000000") * 0.55 ? "#ffffff" : "#111217";
}

/** The colour, darker on a light page (lighter on a dark one) until small text in it can be read. */
export function legible(css: string, theme: Theme): string {
  const surface = cssColor("panel-bg", theme);
  const ink = rgb(theme === "light" ? "#000000" : "#ffffff");
  let found = css;
  for (let share = 0.1; share < 1 && contrast(found, surface) < 4.5; share += 0.1) found = hex(rgb(css).map((part, at) => part + (ink[at]! - part) * share) as unknown as Rgb);
  return found;
}

/** Of a palette, the colours that stand out from a panel. */
export function readable(palette: readonly string[], theme: Theme): string[] {
  const background = cssColor("panel-bg", theme);
  return palette.filter((name) => contrast(cssColor(name, theme), background) >= 3);
}

/** A smooth curve through colours (uniform cubic B-spline with mirrored ends), `at` from 0 to 1; outside of it, the ends. */
export function blend(colors: readonly string[], at: number): string {
  const points = colors.map(rgb);
  const last = points.length - 1;
  if (last < 1) return colors[0] ?? NATIVE[FALLBACK]!;
  const place = Math.min(Math.max(Number.isNaN(at) ? 0 : at, 0), 1);
  const segment = Math.min(Math.floor(place * last), last - 1);
  const t = place * last - segment;
  const channel = (index: 0 | 1 | 2): number => {
    const p1 = points[segment]![index];
    const p2 = points[segment + 1]![index];
    const p0 = segment > 0 ? points[segment - 1]![index] : 2 * p1 - p2;
    const p3 = segment < last - 1 ? points[segment + 2]![index] : 2 * p2 - p1;
    return ((1 - t) ** 3 * p0 + (4 - 6 * t ** 2 + 3 * t ** 3) * p1 + (1 + 3 * t + 3 * t ** 2 - 3 * t ** 3) * p2 + t ** 3 * p3) / 6;
  };
  return hex([channel(0), channel(1), channel(2)]);
}

function hueShifted(css: string, degrees: number): Rgb {
  const [red, green, blue] = rgb(css).map((part) => part / 255) as [number, number, number];
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  const light = (high + low) / 2;
  const span = high - low;
  if (span === 0) return rgb(css);
  const saturation = light > 0.5 ? span / (2 - high - low) : span / (high + low);
  const sextant = high === red ? (green - blue) / span : high === green ? (blue - red) / span + 2 : (red - green) / span + 4;
  const hue = (((sextant * 60 + degrees) % 360) + 360) % 360;
  const chroma = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return 255 * (light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [chroma(0), chroma(8), chroma(4)];
}

function darker(color: Rgb, percent: number): Rgb {
  const high = Math.max(...color);
  const low = Math.min(...color);
  const light = (high + low) / 510;
  const wanted = Math.max(0, light - percent / 100);
  // Same hue and saturation at another lightness: the distance from the middle grey shrinks with min(l, 1 - l).
  const reach = Math.min(light, 1 - light) === 0 ? 0 : Math.min(wanted, 1 - wanted) / Math.min(light, 1 - light);
  return color.map((part) => 255 * wanted + (part - 255 * light) * reach) as unknown as Rgb;
}

/** Eleven variants around one colour, brighter and darker in turn. */
export function shades(css: string): string[] {
  const found = [css];
  for (let step = 1; step < 6; step++) {
    const share = step / 6;
    const bright = hueShifted(css, share * 10).map((part) => part + 255 * share * 0.35) as unknown as Rgb;
    found.push(hex(bright), hex(darker(hueShifted(css, -share * 10), share * 35)));
  }
  return found;
}
