/** Equal boxes for several values in one panel. Pure. */

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 6;

function grid(columns: number, rows: number, count: number, width: number, height: number): Box[] {
  const each = { width: (width - GAP * (columns - 1)) / columns, height: (height - GAP * (rows - 1)) / rows };
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    // The last row stretches over the whole width.
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const wide = row === rows - 1 ? (width - GAP * (inRow - 1)) / inRow : each.width;
    return { left: (index - row * columns) * (wide + GAP), top: row * (each.height + GAP), width: wide, height: each.height };
  });
}

/** "horizontal" puts them below each other, "vertical" side by side, "auto" in the grid whose boxes come closest to `shape` (width by height). */
export function boxes(count: number, width: number, height: number, orientation: string, shape = 2.4): Box[] {
  if (count < 1) return [];
  if (orientation === "horizontal") return grid(1, count, count, width, height);
  if (orientation === "vertical") return grid(count, 1, count, width, height);
  let best = 1;
  let least = Infinity;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    if (rows > 1 && (rows - 1) * columns >= count) continue;
    const ratio = width / columns / (height / rows);
    const away = Math.abs(Math.log(ratio / shape)) + (rows * columns - count) * 0.05;
    if (away < least) [best, least] = [columns, away];
  }
  return grid(best, Math.ceil(count / best), count, width, height);
}
