/** What a graph shows, as a table that only screen readers see; made when the page has nothing better to do. */

import { useEffect, useState } from "preact/hooks";

import type { Theme } from "../format/colors";
import { reduceField } from "../reduce/reduce";
import type { Plan } from "./plan";
import { textOf, timeText } from "./tooltip";

const ROWS = 16;
const COLUMNS = 8;

function whenIdle(work: () => void): () => void {
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(work, 400);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(work, { timeout: 4000 });
  return () => cancelIdleCallback(handle);
}

/** Evenly spread rows: the whole of a long graph would be no help to anyone. */
function sample(length: number): number[] {
  const count = Math.min(length, ROWS);
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - 1)) / Math.max(1, count - 1)));
}

export function DataTable({ plan, label, isTime, theme, timeZone }: { plan: Plan; label: string; isTime: boolean; theme: Theme; timeZone: string }) {
  const [ready, setReady] = useState<Plan | null>(null);
  useEffect(() => whenIdle(() => setReady(plan)), [plan]);
  if (!ready) return null;
  const lines = ready.lines.filter((line) => !line.hidden).slice(0, COLUMNS);
  const texts = lines.map((line) => textOf(line, theme, timeZone));
  const rows = sample(ready.x.length);
  const span = (ready.x.at(-1) ?? 0) - (ready.x[0] ?? 0);
  return (
    <table class="wk-sr">
      <caption>
        {label}. {ready.lines.length > COLUMNS ? `The first ${COLUMNS} of ${ready.lines.length} series.` : ""} {ready.x.length > ROWS ? `${ROWS} of ${ready.x.length} moments.` : ""}
      </caption>
      <thead>
        <tr>
          <th scope="col">{isTime ? "Time" : "x"}</th>
          {lines.map((line, index) => <th key={index} scope="col">{line.name}</th>)}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">Mean</th>
          {lines.map((line, index) => <td key={index}>{texts[index]!(reduceField(line.field, "mean"))}</td>)}
        </tr>
        {rows.map((row) => (
          <tr key={row}>
            <th scope="row">{isTime ? timeText(ready.x[row]!, span, timeZone) : String(ready.x[row])}</th>
            {lines.map((line, index) => <td key={index}>{texts[index]!(line.raw[row])}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
