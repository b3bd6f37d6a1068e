/** Names, colours and calcs of a graph's lines. A click keeps one alone, with Ctrl or Shift it is switched. */

import { useMemo, useState } from "preact/hooks";

import type { Theme } from "../format/colors";
import { display, whole } from "../format/display";
import { calcName, keepsUnit, reduceField } from "../reduce/reduce";
import { textWidth } from "./ink";
import type { Line } from "./plan";

export interface LegendOptions {
  show: boolean;
  table: boolean;
  right: boolean;
  calcs: readonly string[];
  width: number | null;
  sortBy: string | null;
  sortDesc: boolean;
}

/** Grafana's `options.legend`, with its defaults. */
export function legendOptions(options: Readonly<Record<string, any>> | undefined): LegendOptions {
  const { showLegend = true, displayMode = "list", placement = "bottom", calcs = [], width, sortBy, sortDesc, asTable, isVisible } = options ?? {};
  return {
    show: showLegend !== false && displayMode !== "hidden" && isVisible !== false,
    table: displayMode === "table" || asTable === true,
    right: placement === "right",
    calcs: Array.isArray(calcs) ? calcs : [],
    width: typeof width === "number" && width > 0 ? width : null,
    sortBy: typeof sortBy === "string" && sortBy ? sortBy : null,
    sortDesc: sortDesc === true,
  };
}

const ROW = 22;

/** Pixels for the legend, found from the length of its texts: nothing is measured after drawing. */
export function legendSpace(lines: readonly Line[], options: LegendOptions, width: number, height: number): { width: number; height: number } {
  const shown = lines.filter((line) => line.inLegend);
  if (!options.show || !shown.length || height < 90) return { width: 0, height: 0 };
  const longest = shown.reduce((most, line) => Math.max(most, textWidth(line.name, 12)), 0);
  if (options.right && width >= 260) {
    const calcs = options.calcs.length * (options.table ? 78 : 86);
    return { width: Math.min(options.width ?? longest + 34 + calcs, Math.round(width * (options.table ? 0.5 : 0.38))), height };
  }
  const limit = Math.max(ROW + 4, Math.round(height * (options.table ? 0.42 : 0.33)));
  if (options.table) return { width, height: Math.min(limit, (shown.length + 1) * ROW + 4) };
  let [rows, used] = [1, 0];
  for (const line of shown) {
    const needs = textWidth(line.name, 12) + 32 + options.calcs.length * 90;
    if (used > 0 && used + needs > width) [rows, used] = [rows + 1, 0];
    used += needs;
  }
  return { width, height: Math.min(limit, rows * ROW + 4) };
}

export interface LegendProps {
  lines: readonly Line[];
  options: LegendOptions;
  hidden: ReadonlySet<string>;
  onHidden(hidden: ReadonlySet<string>): void;
  theme: Theme;
  timeZone: string;
  width: number;
  height: number;
}

interface Entry {
  line: Line;
  values: { text: string; numeric: number }[];
}

function calcValues(line: Line, calcs: readonly string[], theme: Theme, timeZone: string): Entry["values"] {
  return calcs.map((calc) => {
    const value = reduceField(line.field, calc);
    const field = keepsUnit(calc) ? line.field : { ...line.field, config: { ...line.field.config, unit: calc === "diffperc" ? "percent" : "none", mappings: [] } };
    const shown = display(field, theme, timeZone)(value);
    return { text: whole(shown), numeric: shown.numeric };
  });
}

function sorted(entries: Entry[], by: string | null, descending: boolean, calcs: readonly string[]): Entry[] {
  const at = calcs.findIndex((calc) => calcName(calc) === by || calc === by);
  if (!by || (at < 0 && by !== "Name")) return entries;
  const order = (a: Entry, b: Entry): number =>
    at < 0 ? a.line.name.localeCompare(b.line.name, undefined, { numeric: true }) : (Number.isNaN(a.values[at]!.numeric) ? -Infinity : a.values[at]!.numeric) - (Number.isNaN(b.values[at]!.numeric) ? -Infinity : b.values[at]!.numeric);
  return [...entries].sort((a, b) => order(a, b) * (descending ? -1 : 1));
}

/** Alone, unless it is alone already; with a modifier only this one changes. */
export function nextHidden(names: readonly string[], hidden: ReadonlySet<string>, name: string, toggle: boolean): Set<string> {
  if (toggle) {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    return next;
  }
  const alone = !hidden.has(name) && names.every((other) => other === name || hidden.has(other));
  return alone ? new Set() : new Set(names.filter((other) => other !== name));
}

export function Legend({ lines, options, hidden, onHidden, theme, timeZone, width, height }: LegendProps) {
  const [sort, setSort] = useState({ by: options.sortBy, descending: options.sortDesc });
  const entries = useMemo(() => {
    const all = lines.filter((line) => line.inLegend).map((line): Entry => ({ line, values: calcValues(line, options.calcs, theme, timeZone) }));
    return sorted(all, sort.by, sort.descending, options.calcs);
  }, [lines, options.calcs.join(), sort, theme, timeZone]);
  const names = entries.map((entry) => entry.line.name);
  const press = (name: string) => (event: MouseEvent) => onHidden(nextHidden(names, hidden, name, event.ctrlKey || event.metaKey || event.shiftKey));
  const button = ({ line }: Entry) => (
    <button type="button" class="wk-legend-name" aria-pressed={!hidden.has(line.name)} title={line.name} onClick={press(line.name)}>
      <span class="wk-swatch" style={{ background: line.color }} />
      <span class="wk-legend-text">{line.name}</span>
    </button>
  );
  const box = { width: `${width}px`, height: `${height}px` };
  const head = (title: string, first: boolean) => (
    <th scope="col" class={first ? "" : "wk-number"} aria-sort={sort.by === title ? (sort.descending ? "descending" : "ascending") : "none"}>
      <button type="button" onClick={() => setSort({ by: title, descending: sort.by === title ? !sort.descending : !first })}>
        {title}
        {sort.by === title ? (sort.descending ? " ↓" : " ↑") : ""}
      </button>
    </th>
  );
  if (options.table) {
    return (
      <div class="wk-legend" style={box}>
        <table class="wk-legend-table">
          <thead>
            <tr>
              {head("Name", true)}
              {options.calcs.map((calc) => head(calcName(calc), false))}
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, index) => (
              <tr key={index} class={hidden.has(entry.line.name) ? "wk-off" : ""}>
                <td>{button(entry)}</td>
                {entry.values.map((value, at) => <td key={at} class="wk-number">{value.text}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  return (
    <ul class={`wk-legend wk-legend-list ${options.right ? "wk-legend-right" : ""}`} style={box}>
      {entries.map((entry, index) => (
        <li key={index} class={hidden.has(entry.line.name) ? "wk-off" : ""}>
          {button(entry)}
          {entry.values.map((value, at) => <span key={at} class="wk-legend-calc">{calcName(options.calcs[at]!)}: {value.text}</span>)}
        </li>
      ))}
    </ul>
  );
}
