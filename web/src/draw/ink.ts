/** Colours and type of what is drawn on canvas, which cannot read style sheets. They follow shell/theme.css. */

import type { Theme } from "../format/colors";

export interface Ink {
  text: string;
  soft: string;
  grid: string;
  line: string;
  surface: string;
  accent: string;
}

const INKS: Readonly<Record<Theme, Ink>> = {
  dark: { text: "#dfe4eb", soft: "#a2abb9", grid: "rgba(220, 228, 238, 0.09)", line: "rgba(220, 228, 238, 0.2)", surface: "#171b21", accent: "#8aa8ff" },
  light: { text: "#1a1f27", soft: "#4f5866", grid: "rgba(20, 24, 31, 0.08)", line: "rgba(20, 24, 31, 0.2)", surface: "#ffffff", accent: "#2f56c9" },
};

export function ink(theme: Theme): Ink {
  return INKS[theme];
}

export const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

const widths = new Map<string, number>();
let measurer: CanvasRenderingContext2D | null = null;

/** CSS pixels of a text in FONT at `size` pixels; remembered per text, and an estimate where there is no canvas. */
export function textWidth(text: string, size = 11): number {
  let width = widths.get(text);
  if (width === undefined) {
    measurer ??= typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");
    if (measurer) measurer.font = FONT;
    width = measurer ? measurer.measureText(text).width : text.length * 6;
    if (widths.size > 4000) widths.clear();
    widths.set(text, width);
  }
  return (width * size) / 11;
}
