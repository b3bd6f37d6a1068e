/** Panels and rows that stand once for every chosen value of a variable. Pure. */

import { type Choices } from "./interpolate";
import type { Dashboard, Panel, Row } from "./model";
import { ALL } from "./variables";

/** The dashboard's rows with every repeat written out. Keys stay unique, and the same from one call to the next. */
export function expand(board: Dashboard, choices: Choices): Row[] {
  return board.rows.flatMap((row) => repeatedRow(row, choices)).map((row) => ({ ...row, panels: repeatedPanels(row, choices) }));
}

/** The values that a repeat runs over: all of them where "All" is chosen. */
export function repeatValues(name: string, choices: Choices, scope: Readonly<Record<string, readonly string[]>> = {}): readonly string[] | null {
  if (scope[name]) return scope[name];
  const chosen = choices.get(name);
  if (!chosen) return null;
  if (!chosen.values.includes(ALL)) return chosen.values;
  return chosen.variable.options.filter((option) => option.value !== ALL).map((option) => option.value);
}

function repeatedRow(row: Row, choices: Choices): Row[] {
  if (!row.repeat) return [row];
  const name = row.repeat;
  const values = repeatValues(name, choices);
  if (values === null || values.length === 0) return [row];
  return values.map((value, index) => ({
    ...row,
    key: index === 0 ? row.key : `${row.key}~${value}`,
    scope: { ...row.scope, [name]: [value] },
    panels: row.panels.map((panel) => ({ ...panel, key: index === 0 ? panel.key : `${panel.key}~${value}`, scope: { ...panel.scope, [name]: [value] } })),
  }));
}

const COLUMNS = 24;

function repeatedPanels(row: Row, choices: Choices): Panel[] {
  const done: Panel[] = [];
  // what a repeat needs below itself moves down whatever stands below it
  let shift: { from: number; by: number }[] = [];
  const shifted = (panel: Panel): Panel => {
    const by = shift.reduce((sum, one) => (panel.place.y >= one.from ? sum + one.by : sum), 0);
    return by === 0 ? panel : { ...panel, place: { ...panel.place, y: panel.place.y + by } };
  };
  for (const panel of [...row.panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x)) {
    const values = panel.repeat ? repeatValues(panel.repeat.variable, choices, panel.scope) : null;
    if (!panel.repeat || values === null || values.length === 0) {
      done.push(shifted(panel));
      continue;
    }
    const first = shifted(panel);
    const { variable, direction, maxPerRow } = panel.repeat;
    const { x, y, w, h } = first.place;
    const perRow = direction === "v" ? 1 : Math.max(1, Math.min(maxPerRow, values.length));
    const width = direction === "v" ? w : Math.floor(COLUMNS / perRow);
    values.forEach((value, index) => {
      const place = { x: direction === "v" ? x : (index % perRow) * width, y: y + Math.floor(index / perRow) * h, w: width, h };
      done.push({ ...panel, key: index === 0 ? panel.key : `${panel.key}~${value}`, place, scope: { ...panel.scope, [variable]: [value] } });
    });
    const more = (Math.ceil(values.length / perRow) - 1) * h;
    if (more > 0) shift = [...shift, { from: panel.place.y + panel.place.h, by: more }];
  }
  return done;
}
