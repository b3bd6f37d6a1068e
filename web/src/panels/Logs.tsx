/** Log lines with their levels, labels and details. */

import { useMemo, useState } from "preact/hooks";

import { writeTime } from "../format/times";
import { Empty } from "./Empty";
import { commonLabels, dedup, fieldsText, logLines, pretty, sortLines, type Dedup, type LogLine } from "./loglines";
import type { PanelProps } from "./panel";

interface Look {
  time: boolean;
  labels: boolean;
  wrap: boolean;
  prettify: boolean;
  narrow: boolean;
  details: boolean;
  timeZone: string;
  common: Readonly<Record<string, string>>;
  /** Chosen fields, shown instead of the whole line. */
  fields: readonly string[];
}

function Details({ line, onFilter }: { line: LogLine; onFilter: PanelProps["onFilter"] }) {
  return (
    <table class="wk-log-details">
      <caption class="wk-sr">Labels</caption>
      <tbody>
        {Object.keys(line.labels).sort().map((name) => (
          <tr key={name}>
            <td class="wk-log-tools">
              {onFilter && <button type="button" aria-label={`Only ${name} ${line.labels[name]}`} onClick={() => onFilter(name, line.labels[name]!, true)}>+</button>}
              {onFilter && <button type="button" aria-label={`Without ${name} ${line.labels[name]}`} onClick={() => onFilter(name, line.labels[name]!, false)}>−</button>}
            </td>
            <th scope="row">{name}</th>
            <td>{line.labels[name]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Line({ line, look, onFilter }: { line: LogLine; look: Look; onFilter: PanelProps["onFilter"] }) {
  const [open, setOpen] = useState(false);
  const own = Object.entries(line.labels).filter(([name]) => !(name in look.common));
  const text = fieldsText(line, look.fields) ?? (look.prettify ? pretty(line.text) : line.text);
  const content = (
    <>
      <i class="wk-log-level" title={line.level} />
      {line.count > 1 && <span class="wk-log-count">{line.count}×</span>}
      {look.time && <time class="wk-log-time">{writeTime(line.time, look.narrow ? "HH:mm:ss" : "YYYY-MM-DD HH:mm:ss.SSS", look.timeZone)}</time>}
      {look.labels && <span class="wk-log-labels">{own.map(([name, value]) => `${name}=${value}`).join(" ")}</span>}
      <span class="wk-log-text">{text}</span>
    </>
  );
  const kind = `wk-log wk-log-${line.level} ${look.wrap || look.prettify ? "wk-log-wrap" : ""}`;
  return (
    <li class={kind}>
      {look.details ? <button type="button" class="wk-log-line" aria-expanded={open} onClick={() => !getSelection()?.toString() && setOpen(!open)}>{content}</button> : <div class="wk-log-line">{content}</div>}
      {open && <Details line={line} onFilter={onFilter} />}
    </li>
  );
}

export default function Logs({ panel, frames, timeZone, width, height, onFilter }: PanelProps) {
  const options = panel.options as Record<string, any>;
  const lines = useMemo(() => {
    const sorted = sortLines(logLines(frames), options.sortOrder === "Ascending");
    return dedup(sorted, (options.dedupStrategy ?? "none") as Dedup);
  }, [frames, options.sortOrder, options.dedupStrategy]);
  const common = useMemo(() => commonLabels(lines), [lines]);
  if (!lines.length) return <Empty panel={panel} frames={frames} height={height} />;
  const look: Look = { time: options.showTime === true, labels: options.showLabels === true, wrap: options.wrapLogMessage === true, prettify: options.prettifyLogMessage === true, details: options.enableLogDetails !== false, narrow: width < 420, timeZone, fields: Array.isArray(options.displayedFields) ? options.displayedFields.map(String) : [], common: options.showCommonLabels === true || options.showLabels !== true ? common : {} };
  return (
    <div class="wk-logs" tabIndex={0} role="region" aria-label={panel.title || "Logs"} style={{ width: `${width}px`, height: `${height}px` }}>
      {options.showCommonLabels === true && <div class="wk-log-common">Common labels: {Object.entries(common).map(([name, value]) => `${name}=${value}`).join(" ")}</div>}
      <ol>{lines.map((line) => <Line key={line.id} line={line} look={look} onFilter={onFilter} />)}</ol>
    </div>
  );
}
