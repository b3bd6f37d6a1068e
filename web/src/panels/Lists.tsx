/** Lists of dashboards and of annotations. */

import { useEffect, useState } from "preact/hooks";

import { dashboards, type DashboardEntry } from "../ask/dashboards";
import { cssColor } from "../format/colors";
import { writeTime, FULL } from "../format/times";
import type { PanelProps } from "./panel";

/** By search text and tags, as the dashboard asks; by title. */
export function chosenDashboards(all: readonly DashboardEntry[], options: Readonly<Record<string, any>>): DashboardEntry[] {
  const part = String(options.query ?? "").toLowerCase();
  const tags: readonly string[] = Array.isArray(options.tags) ? options.tags : [];
  const found = all.filter((each) => each.title.toLowerCase().includes(part) && tags.every((tag) => each.tags.includes(tag)));
  return found.sort((a, b) => a.title.localeCompare(b.title)).slice(0, Number(options.maxItems) || 30);
}

export function DashList({ panel, range, width, height, interpolate }: PanelProps) {
  const options = panel.options as Readonly<Record<string, any>>;
  const [all, setAll] = useState<readonly DashboardEntry[] | string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    dashboards(stop.signal).then(setAll, (error: unknown) => !stop.signal.aborted && setAll(error instanceof Error ? error.message : String(error)));
    return () => stop.abort();
  }, []);
  const size = { width: `${width}px`, height: `${height}px` };
  if (all === null || typeof all === "string") return <div class="wk-empty" style={size}>{all ?? "Loading…"}</div>;
  const entries = chosenDashboards(all, { ...options, query: interpolate(String(options.query ?? "")) });
  const query = options.keepTime === true ? `?from=${range.from}&to=${range.to}` : "";
  if (!entries.length) return <div class="wk-empty" style={size}>No dashboards</div>;
  return (
    <ul class="wk-list" style={size}>
      {entries.map((entry) => (
        <li key={entry.uid}>
          <a href={`/d/${encodeURIComponent(entry.uid)}${query}`}>{entry.title}</a>
          {entry.folder && <span class="wk-list-soft"> {entry.folder}</span>}
        </li>
      ))}
    </ul>
  );
}

export function AnnoList({ panel, annotations, theme, timeZone, width, height }: PanelProps) {
  const options = panel.options as Readonly<Record<string, any>>;
  const tags: readonly string[] = Array.isArray(options.tags) ? options.tags : [];
  const shown = annotations.filter((mark) => tags.every((tag) => mark.tags.includes(tag))).sort((a, b) => b.from - a.from).slice(0, Number(options.limit) || 10);
  const size = { width: `${width}px`, height: `${height}px` };
  if (!shown.length) return <div class="wk-empty" style={size}>No annotations in this time</div>;
  return (
    <ul class="wk-list" style={size}>
      {shown.map((mark, index) => (
        <li key={index}>
          <span class="wk-swatch" style={{ background: cssColor(mark.color, theme) }} /> <span class="wk-list-title">{mark.title || mark.text}</span>
          {options.showTime !== false && <span class="wk-list-soft"> {writeTime(mark.from, FULL, timeZone)}</span>}
          {options.showTags !== false && mark.tags.map((tag) => <span key={tag} class="wk-tag">{tag}</span>)}
        </li>
      ))}
    </ul>
  );
}
