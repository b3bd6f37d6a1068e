/** Stacked graphs: each column on top of those before it. Pure. */

import type { Column, Value } from "./align";

export interface Stackable {
  values: Column;
  /** Columns of one group are stacked on each other; "" stands alone. */
  group: string;
  percent: boolean;
}

export interface Stacked {
  values: Column;
  /** The column that this one stands on, by index; null: on zero. */
  below: number | null;
  /** Where each value starts from. */
  base: Column | null;
}

/** Values that go down stack downwards on their own, so that "in" above and "out" below do not cancel out. */
function isNegative(values: Column): boolean {
  let sum = 0;
  for (const value of values) sum += value ?? 0;
  return sum < 0;
}

function totals(columns: readonly Stackable[], rows: number): number[] {
  const sums = new Array<number>(rows).fill(0);
  for (const { values } of columns) values.forEach((value, row) => (sums[row]! += Math.abs(value ?? 0)));
  return sums;
}

/** A gap in a column counts as zero for those above, but stays a gap for itself. */
export function stack(columns: readonly Stackable[]): Stacked[] {
  const piles = new Map<string, { sums: number[]; top: number | null; totals: number[] | null }>();
  const groups = new Map<string, Stackable[]>();
  const keys = columns.map((column) => (column.group ? `${column.group} ${isNegative(column.values) ? "-" : "+"}` : ""));
  columns.forEach((column, index) => column.group && groups.set(keys[index]!, [...(groups.get(keys[index]!) ?? []), column]));
  return columns.map((column, index): Stacked => {
    const key = keys[index]!;
    if (!key) return { values: column.values, below: null, base: null };
    const rows = column.values.length;
    const pile = piles.get(key) ?? { sums: new Array<number>(rows).fill(0), top: null, totals: column.percent ? totals(groups.get(key)!, rows) : null };
    const base = [...pile.sums];
    const values = column.values.map((value, row): Value => {
      const share = pile.totals ? (pile.totals[row] ? (value ?? 0) / pile.totals[row]! : 0) : (value ?? 0);
      pile.sums[row]! += share;
      return value == null ? value : pile.sums[row];
    });
    const below = pile.top;
    pile.top = index;
    piles.set(key, pile);
    return { values, below, base };
  });
}
