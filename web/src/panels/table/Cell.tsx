/** One cell: plain, coloured, a bar, a small line, JSON. Its text is only ever text. */

import type { Field, Frame } from "../../frame/frame";
import { legible, textOn } from "../../format/colors";
import { seriesColor, valueScale, whole } from "../../format/display";
import { limits, share } from "../limits";
import { readyLinks, safeUrl } from "../../format/links";
import type { PanelProps } from "../panel";
import { Sparkline } from "../Sparkline";
import { isFrame, type Column } from "./columns";

interface CellProps {
  column: Column;
  /** Whose value colours the cell: its own column, unless another one colours the whole row. */
  painter: Column;
  frame: Frame;
  row: number;
  width: number;
  height: number;
  theme: PanelProps["theme"];
  interpolate: PanelProps["interpolate"];
  onFilter?: PanelProps["onFilter"];
}

function Bar({ column, value, width, theme }: { column: Column; value: unknown; width: number; theme: PanelProps["theme"] }) {
  const shown = column.write(value);
  const span = limits(column.field);
  const at = share(shown.numeric, span);
  const text = whole(shown);
  const told = column.valueMode !== "hidden";
  const scale = valueScale(column.field, theme);
  const color = shown.color ?? "";
  const fill = column.mode === "gradient" ? `linear-gradient(to right, ${[0, 0.5, 1].map((part) => scale(span.min + (span.max - span.min) * at * part).color).join(", ")})` : color;
  const lamps = Math.max(5, Math.floor((width - 84) / 9));
  return (
    <span class="wk-cell-bar" title={text}>
      {column.mode === "lcd" ? (
        <span class="wk-lamps">{Array.from({ length: lamps }, (_, index) => <i key={index} style={{ background: scale(span.min + ((span.max - span.min) * (index + 0.5)) / lamps).color, opacity: (index + 0.5) / lamps <= at ? 1 : 0.15 }} />)}</span>
      ) : (
        <span class="wk-cell-track"><span style={{ width: `${at * 100}%`, background: fill }} /></span>
      )}
      {told && <span class="wk-cell-barvalue" style={column.valueMode === "color" ? { color: legible(color, theme) } : {}}>{text}</span>}
    </span>
  );
}

function Trend({ column, value, width, height, theme }: { column: Column; value: Frame; width: number; height: number; theme: PanelProps["theme"] }) {
  const field = value.fields.find((each) => each.type === "number");
  if (!field) return null;
  const configured: Field = { ...field, config: { ...column.field.config, custom: undefined }, state: column.field.state };
  const stat = (value as Frame & { value?: unknown }).value;
  const text = typeof stat === "number" ? whole(column.write(stat)) : "";
  const room = width - 20 - (text ? 74 : 0);
  return (
    <span class="wk-cell-trend">
      <svg width={0} height={0} aria-hidden="true" />
      <span style={{ position: "relative", width: `${room}px`, height: `${height - 8}px` }}><Sparkline field={configured} frame={value} width={room} height={height - 8} color={seriesColor(configured, theme)} /></span>
      {text && <span>{text}</span>}
    </span>
  );
}

function plainText(column: Column, value: unknown): string {
  if (column.kind === "json-view" || (typeof value === "object" && value !== null && !Array.isArray(value))) return JSON.stringify(value);
  return whole(column.write(value));
}

function content({ column, frame, row, width, height, theme }: CellProps) {
  const value = column.field.values[row];
  if (isFrame(value)) return <Trend column={column} value={value} width={width} height={height} theme={theme} />;
  if (column.kind === "gauge" && typeof value === "number") return <Bar column={column} value={value} width={width} theme={theme} />;
  if (column.kind === "image" && typeof value === "string" && safeUrl(value)) return <img class="wk-cell-image" src={safeUrl(value)} alt={column.name} height={height - 6} loading="lazy" />;
  if (column.kind === "pill" && value != null && value !== "") {
    const parts = Array.isArray(value) ? value.map(String) : String(value).split(",");
    return parts.map((part, index) => {
      const { color = "" } = column.write(part);
      return <span key={index} class="wk-pill" style={{ background: color, color: textOn(color) }}>{part.trim()}</span>;
    });
  }
  void frame;
  const text = plainText(column, value);
  return column.kind === "json-view" ? <code>{text}</code> : text;
}

export function Cell(props: CellProps) {
  const { column, painter, frame, row, width, height, theme, interpolate, onFilter } = props;
  const value = column.field.values[row];
  const shown = isFrame(value) ? null : column.write(value);
  const text = shown && !isFrame(value) ? plainText(column, value) : "";
  const links = readyLinks(column.field.config.links, column.field, row, text, interpolate, frame.fields);
  const colored = (painter === column ? shown : painter.write(painter.field.values[row]))?.color ?? "";
  const look = painter.kind === "color-text" && colored ? { color: legible(colored, theme) } : painter.kind === "color-background" && colored ? { background: painter.mode === "basic" ? colored : `linear-gradient(120deg, ${colored}, color-mix(in srgb, ${colored} 78%, transparent))`, color: textOn(colored) } : {};
  const canFilter = column.filterable && onFilter && typeof value === "string" && value !== "";
  const inside = content(props);
  return (
    <div role="cell" class={`wk-cell wk-${column.align} ${column.wrap ? "wk-wrap" : ""}`} style={{ width: `${width}px`, height: `${height}px`, ...look }} title={text}>
      {links.length ? <a href={links[0]!.url} target={links[0]!.target} rel="noopener noreferrer" title={links[0]!.title}>{inside}</a> : inside}
      {canFilter && (
        <span class="wk-cell-tools">
          <button type="button" aria-label={`Only ${column.name} ${value}`} onClick={() => onFilter(column.field.name, value, true)}>+</button>
          <button type="button" aria-label={`Without ${column.name} ${value}`} onClick={() => onFilter(column.field.name, value, false)}>−</button>
        </span>
      )}
    </div>
  );
}
