/** The box beside the pointer: one for the page, filled as text only. */

import { display, whole } from "../format/display";
import type { Theme } from "../format/colors";
import { writeTime, FULL, FULL_MS } from "../format/times";
import type { AnnotationMark } from "../panels/panel";
import type { Line } from "./plan";

export interface TooltipOptions {
  mode: "single" | "multi" | "none";
  sort: "none" | "asc" | "desc";
  hideZeros: boolean;
  maxHeight: number;
  proximity: number | null;
}

/** Grafana's `options.tooltip`, with its defaults. */
export function tooltipOptions(options: Readonly<Record<string, any>> | undefined): TooltipOptions {
  const { mode = "single", sort = "none", hideZeros = false, maxHeight = 600, hoverProximity } = options ?? {};
  return { mode, sort, hideZeros, maxHeight, proximity: typeof hoverProximity === "number" && hoverProximity > 0 ? hoverProximity : null };
}

export interface Row {
  name: string;
  color: string;
  text: string;
  numeric: number;
  strong: boolean;
}

const displays = new WeakMap<object, Map<string, (value: unknown) => ReturnType<ReturnType<typeof display>>>>();

/** One display function per column, theme and zone: pointers move often. */
export function textOf(line: Line, theme: Theme, timeZone: string): (value: unknown) => string {
  const byKey = displays.get(line.field) ?? new Map();
  displays.set(line.field, byKey);
  const key = `${theme} ${timeZone}`;
  const shown = byKey.get(key) ?? display(line.field, theme, timeZone);
  byKey.set(key, shown);
  return (value) => whole(shown(value));
}

/** What to tell about one moment. `focused` is the line nearest to the pointer, if any is near. */
export function rowsAt(lines: readonly Line[], indexes: readonly (number | null | undefined)[], focused: number | null, options: TooltipOptions, theme: Theme, timeZone: string): Row[] {
  if (options.mode === "none") return [];
  const rows = lines.flatMap((line, place): Row[] => {
    const at = indexes[place + 1];
    const value = at == null ? undefined : line.raw[at];
    if (line.hidden || !line.inTooltip || value == null) return [];
    if (options.mode === "single" && place !== focused) return [];
    if (options.hideZeros && value === 0) return [];
    return [{ name: line.name, color: line.color, text: textOf(line, theme, timeZone)(value), numeric: value, strong: place === focused }];
  });
  if (options.sort === "none") return rows;
  const direction = options.sort === "asc" ? 1 : -1;
  return rows.sort((a, b) => (a.numeric - b.numeric) * direction);
}

export function timeText(time: number, span: number, timeZone: string): string {
  return writeTime(time, span < 60_000 ? FULL_MS : FULL, timeZone);
}

let box: HTMLDivElement | null = null;

function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

function place(target: HTMLElement, x: number, y: number): void {
  const { offsetWidth: width, offsetHeight: height } = target;
  const left = x + 16 + width > innerWidth ? Math.max(4, x - 16 - width) : x + 16;
  const top = Math.max(4, Math.min(y + 12, innerHeight - height - 8));
  target.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

/** `x` and `y` in the window. Texts come from data: they are never read as HTML. */
export function showTooltip(head: string, rows: readonly Row[], x: number, y: number, marks: readonly AnnotationMark[] = [], maxHeight = 600): void {
  if (!rows.length && !marks.length) return hideTooltip();
  box ??= document.body.appendChild(element("div", "wk-tip") as HTMLDivElement);
  box.hidden = false;
  box.setAttribute("aria-hidden", "true");
  box.style.maxHeight = `${Math.min(maxHeight, innerHeight - 16)}px`;
  const list = element("div", "wk-tip-rows");
  for (const row of rows.slice(0, 60)) {
    const line = element("div", row.strong && rows.length > 1 ? "wk-tip-row wk-tip-strong" : "wk-tip-row");
    const swatch = element("span", "wk-swatch");
    swatch.style.background = row.color;
    line.append(swatch, element("span", "wk-tip-name", row.name), element("span", "wk-tip-value", row.text));
    list.append(line);
  }
  if (rows.length > 60) list.append(element("div", "wk-tip-more", `and ${rows.length - 60} more`));
  for (const mark of marks) {
    const line = element("div", "wk-tip-mark");
    line.append(element("strong", "", mark.title || "Annotation"), element("span", "", mark.text));
    list.append(line);
  }
  box.replaceChildren(...(head ? [element("div", "wk-tip-head", head)] : []), list);
  place(box, x, y);
}

export function hideTooltip(): void {
  if (box) box.hidden = true;
}
