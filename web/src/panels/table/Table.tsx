/** Rows and columns of any length: only the rows in sight are in the page. */

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Field, Frame } from "../../frame/frame";
import { display, whole } from "../../format/display";
import { frameName } from "../../format/names";
import { calcName, keepsUnit, reduceField } from "../../reduce/reduce";
import { Empty } from "../Empty";
import type { PanelProps } from "../panel";
import { Cell } from "./Cell";
import { columnsOf, rowPainter, shownRows, spread, type Column, type Sort } from "./columns";

const HEIGHTS: Readonly<Record<string, number>> = { sm: 28, md: 38, lg: 50 };
const HEAD = 32;
const SPARE = 8;

interface Footer {
  show: boolean;
  calcs: readonly string[];
  fields: readonly string[];
}

function footerOf(options: Readonly<Record<string, any>>): Footer {
  const { show = false, reducer = [], fields = [], countRows = false } = options.footer ?? {};
  return { show: show === true, calcs: countRows ? ["count"] : Array.isArray(reducer) ? reducer : [], fields: Array.isArray(fields) ? fields : fields ? [String(fields)] : [] };
}

/** `options.sortBy` names a column; without it rows come as the source gave them. */
function firstSort(options: Readonly<Record<string, any>>, columns: readonly Column[]): Sort | null {
  const rule = options.sortBy?.[0];
  const column = columns.findIndex((each) => each.name === rule?.displayName);
  return column < 0 ? null : { column, descending: rule.desc === true };
}

function FilterBox({ name, value, onValue, onClose }: { name: string; value: string; onValue: (value: string) => void; onClose: () => void }) {
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => box.current?.focus(), []);
  return <input ref={box} class="wk-table-filterbox" type="search" aria-label={`${name} contains`} placeholder="text, >5, !=x" value={value} onInput={(event) => onValue(event.currentTarget.value)} onKeyDown={(event) => event.key === "Escape" && onClose()} />;
}

function Head({ columns, widths, sort, onSort, filters, onFilters }: { columns: readonly Column[]; widths: readonly number[]; sort: Sort | null; onSort: (sort: Sort | null) => void; filters: ReadonlyMap<number, string>; onFilters: (filters: ReadonlyMap<number, string>) => void }) {
  const [open, setOpen] = useState<number | null>(null);
  const next = (index: number): void => onSort(sort?.column !== index ? { column: index, descending: false } : sort.descending ? null : { column: index, descending: true });
  return (
    <div role="row" class="wk-table-head" style={{ height: `${HEAD}px` }}>
      {columns.map((column, index) => (
        <div key={index} role="columnheader" class={`wk-cell wk-${column.align}`} style={{ width: `${widths[index]!}px`, height: `${HEAD}px` }} aria-sort={sort?.column === index ? (sort.descending ? "descending" : "ascending") : "none"}>
          <button type="button" class="wk-table-sort" onClick={() => next(index)} title={column.field.config.description || column.name}>
            {column.name}
            {sort?.column === index ? (sort.descending ? " ↓" : " ↑") : ""}
          </button>
          {column.filterable && <button type="button" class={filters.get(index) ? "wk-table-filter wk-on" : "wk-table-filter"} aria-label={`Filter ${column.name}`} aria-expanded={open === index} onClick={() => setOpen(open === index ? null : index)}>▾</button>}
          {open === index && (
            <FilterBox name={column.name} value={filters.get(index) ?? ""} onValue={(value) => onFilters(new Map([...filters].filter(([at]) => at !== index).concat(value ? [[index, value]] : [])))} onClose={() => setOpen(null)} />
          )}
        </div>
      ))}
    </div>
  );
}

/** Newer dashboards give each column its own calcs. */
function columnCalcs(column: Column): readonly string[] {
  const calcs: unknown = (column.field.config.custom?.footer as { reducers?: unknown } | undefined)?.reducers;
  return Array.isArray(calcs) ? calcs : [];
}

function calcTexts(column: Column, rows: readonly number[], calcs: readonly string[], theme: PanelProps["theme"], timeZone: string): string {
  const kept: Field = { ...column.field, values: rows.map((row) => column.field.values[row]) };
  const shown = (calc: string): Field => (keepsUnit(calc) ? kept : { ...kept, config: { ...kept.config, unit: "none" } });
  return calcs.map((calc) => whole(display(shown(calc), theme, timeZone)(reduceField(kept, calc)))).join(" / ");
}

function Foot({ columns, widths, rows, footer, theme, timeZone, height }: { columns: readonly Column[]; widths: readonly number[]; rows: readonly number[]; footer: Footer; theme: PanelProps["theme"]; timeZone: string; height: number }) {
  const text = (column: Column, index: number): string => {
    const own = columnCalcs(column);
    if (own.length) return calcTexts(column, rows, own, theme, timeZone);
    if (!footer.show) return "";
    if (footer.calcs[0] === "count") return index === 0 ? `Count ${rows.length}` : "";
    const wanted = footer.fields.length ? footer.fields.includes(column.name) || footer.fields.includes(column.field.name) : true;
    if (column.field.type !== "number" || !wanted) return index === 0 ? footer.calcs.map(calcName).join(", ") : "";
    return calcTexts(column, rows, footer.calcs, theme, timeZone);
  };
  return (
    <div role="row" class="wk-table-foot" style={{ height: `${height}px` }}>
      {columns.map((column, index) => <div key={index} role="cell" class={`wk-cell wk-${column.align}`} style={{ width: `${widths[index]!}px`, height: `${height}px` }}>{text(column, index)}</div>)}
    </div>
  );
}

function Rows(props: { frame: Frame; columns: readonly Column[]; widths: readonly number[]; rows: readonly number[]; from: number; to: number; height: number; rest: Pick<PanelProps, "theme" | "interpolate" | "onFilter"> }) {
  const { frame, columns, widths, rows, from, to, height, rest } = props;
  const painter = rowPainter(columns);
  return (
    <>
      {rows.slice(from, to).map((row, index) => (
        <div key={row} role="row" class="wk-table-row" aria-rowindex={from + index + 2} style={{ top: `${(from + index) * height}px`, height: `${height}px` }}>
          {columns.map((column, at) => <Cell key={at} column={column} painter={painter ?? column} frame={frame} row={row} width={widths[at]!} height={height} theme={rest.theme} interpolate={rest.interpolate} onFilter={rest.onFilter} />)}
        </div>
      ))}
    </>
  );
}

export default function Table({ panel, frames, theme, timeZone, width, height, interpolate, onFilter }: PanelProps) {
  const options = panel.options as Record<string, any>;
  const tables = frames.filter((frame) => frame.fields.length > 0);
  const [chosen, setChosen] = useState(Number(options.frameIndex) || 0);
  const frame = tables[Math.min(chosen, tables.length - 1)];
  const columns = useMemo(() => (frame ? columnsOf(frame, frames, theme, timeZone) : []), [frame, theme, timeZone]);
  const [sort, setSort] = useState<Sort | null | undefined>(undefined);
  const [filters, setFilters] = useState<ReadonlyMap<number, string>>(new Map());
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const order = sort === undefined ? firstSort(options, columns) : sort;
  const rows = useMemo(() => (frame ? shownRows(frame, columns, filters, order) : []), [frame, columns, filters, order?.column, order?.descending]);
  if (!frame || !columns.length || !frame.length) return <Empty panel={panel} frames={frames} height={height} />;
  const rowHeight = HEIGHTS[options.cellHeight as string] ?? HEIGHTS.sm!;
  const footer = footerOf(options);
  const withFooter = footer.show || columns.some((column) => columnCalcs(column).length > 0);
  const picker = tables.length > 1 ? 30 : 0;
  const room = height - picker;
  const inside = room - (options.showHeader === false ? 0 : HEAD) - (withFooter ? rowHeight : 0);
  const overflows = rows.length * rowHeight > inside;
  const widths = spread(columns, width - (overflows ? 12 : 0));
  const total = widths.reduce((sum, each) => sum + each, 0);
  const from = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const to = Math.min(rows.length, Math.ceil((top + room) / rowHeight) + SPARE);
  return (
    <div style={{ width: `${width}px`, height: `${height}px` }}>
      <div ref={scroller} role="table" tabIndex={0} aria-label={panel.title || "Table"} aria-rowcount={rows.length + 1} class="wk-table" style={{ height: `${room}px` }} onScroll={() => setTop(scroller.current!.scrollTop)}>
        <div style={{ width: `${total}px` }}>
          {options.showHeader !== false && <Head columns={columns} widths={widths} sort={order} onSort={setSort} filters={filters} onFilters={setFilters} />}
          <div role="rowgroup" style={{ position: "relative", height: `${rows.length * rowHeight}px` }}>
            <Rows frame={frame} columns={columns} widths={widths} rows={rows} from={from} to={to} height={rowHeight} rest={{ theme, interpolate, onFilter }} />
          </div>
          {withFooter && <Foot columns={columns} widths={widths} rows={rows} footer={footer} theme={theme} timeZone={timeZone} height={rowHeight} />}
        </div>
      </div>
      {picker > 0 && (
        <select class="wk-table-picker" aria-label="Table" value={Math.min(chosen, tables.length - 1)} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          {tables.map((each, index) => <option key={index} value={index}>{frameName(each, index)}</option>)}
        </select>
      )}
    </div>
  );
}
