/** Looking into a panel: its data as a table and as CSV, what was asked, and its JSON. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { display } from "../format/display";
import type { Field, Frame } from "../frame/frame";
import { Icon } from "../shell/icons";
import { theme } from "../shell/theme";
import { csvOf, nameOfField } from "./csv";
import { interpolate, type Scope } from "./interpolate";
import type { Panel } from "./model";
import { prepare } from "./prepare";
import type { PanelData, Runner } from "./runner";

type Tab = "data" | "query" | "json";
const ROWS_AT_MOST = 500;

export default function Inspect({ panel, runner, scope, onClose }: { panel: Panel; runner: Runner; scope: Scope; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [tab, setTab] = useState<Tab>("data");
  const [data, setData] = useState<PanelData | undefined>(() => runner.of(panel.key));
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useEffect(() => runner.listen(panel.key, setData), [panel.key]);
  const local = useMemo(() => ({ ...scope, fixed: { ...scope.fixed, ...panel.scope } }), [scope, panel]);
  const title = interpolate(panel.title, local, "text");
  return (
    <dialog class="sheet inspect" ref={dialog} onClose={onClose} aria-labelledby="inspect-title">
      <header>
        <h2 id="inspect-title">Inspect {title || panel.type}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="tabs" role="tablist">
        {(["data", "query", "json"] as const).map((one) => (
          <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => setTab(one)}>
            {{ data: "Data", query: "Query", json: "JSON" }[one]}
          </button>
        ))}
      </div>
      <div class="inside" role="tabpanel">
        {tab === "data" ? <Data panel={panel} data={data} scope={local} title={title} /> : tab === "query" ? <Asked data={data} /> : <PanelJson panel={panel} />}
      </div>
    </dialog>
  );
}

function Data({ panel, data, scope, title }: { panel: Panel; data: PanelData | undefined; scope: Scope; title: string }) {
  const [at, setAt] = useState(0);
  const [formatted, setFormatted] = useState(true);
  const [raw, setRaw] = useState(false);
  const frames = useMemo(() => {
    if (!data) return [];
    return raw ? [...data.frames] : prepare(data.frames, panel, (text, more) => interpolate(text, { ...scope, more }, "text"));
  }, [data, panel, scope, raw]);
  const frame = frames[Math.min(at, frames.length - 1)];
  if (!frame) return <p>There is no data.</p>;
  return (
    <>
      <div class="inspect-choices">
        {frames.length > 1 && (
          <select class="button" aria-label="Series or table" value={String(at)} onChange={(event) => setAt(Number((event.currentTarget as HTMLSelectElement).value))}>
            {frames.map((one, index) => (
              <option key={index} value={String(index)}>
                {frameName(one, index)}
              </option>
            ))}
          </select>
        )}
        <label>
          <input type="checkbox" checked={formatted} onChange={() => setFormatted(!formatted)} /> formatted
        </label>
        {panel.transformations.length > 0 && (
          <label>
            <input type="checkbox" checked={raw} onChange={() => setRaw(!raw)} /> before transformations
          </label>
        )}
        <button type="button" class="button" onClick={() => download(csvOf(frames), `${title || "data"}.csv`)}>
          Download CSV
        </button>
      </div>
      <Table frame={frame} formatted={formatted} zone={scope.timeZone} />
    </>
  );
}

const frameName = (frame: Frame, index: number) => `${frame.refId}: ${frame.name ?? frame.fields.map(nameOfField).at(-1) ?? index + 1}`;

function Table({ frame, formatted, zone }: { frame: Frame; formatted: boolean; zone: string }) {
  const shown = useMemo(() => frame.fields.map((field) => cellsOf(field, formatted, zone)), [frame, formatted, zone]);
  const rows = Math.min(frame.length, ROWS_AT_MOST);
  return (
    <>
      <div class="scrolling" tabIndex={0}>
        <table class="plain-table">
          <thead>
            <tr>
              {frame.fields.map((field, index) => (
                <th key={index} scope="col">
                  {nameOfField(field)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: rows }, (_, row) => (
              <tr key={row}>
                {shown.map((cell, index) => (
                  <td key={index}>{cell(row)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {frame.length > rows && (
        <p>
          The first {rows} of {frame.length} rows; the CSV has all.
        </p>
      )}
    </>
  );
}

function cellsOf(field: Field, formatted: boolean, zone: string): (row: number) => string {
  if (formatted && field.type !== "other") {
    const show = display(field, theme(), zone);
    return (row) => {
      const value = show(field.values[row]);
      return `${value.prefix ?? ""}${value.text}${value.suffix ?? ""}`;
    };
  }
  return (row) => {
    const value = field.values[row];
    return value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  };
}

function Asked({ data }: { data: PanelData | undefined }) {
  if (!data || data.answers.length === 0) return <p>Nothing was asked.</p>;
  return (
    <>
      {data.answers.map((answer, index) => (
        <section class="asked" key={index}>
          <h3>
            {answer.refId} · {answer.kind}
            {answer.step ? ` · step ${answer.step} s` : ""} · {Math.round(answer.took_ms)} ms · {answer.series === 1 ? "1 frame" : `${answer.series} frames`}
          </h3>
          <pre>{answer.expr}</pre>
          {answer.error && <p class="notice critical">{answer.error}</p>}
        </section>
      ))}
      <p>
        From {new Date(data.range.from).toISOString()} to {new Date(data.range.to).toISOString()}
      </p>
    </>
  );
}

function PanelJson({ panel }: { panel: Panel }) {
  const text = useMemo(() => JSON.stringify(panel, null, 2), [panel]);
  return (
    <>
      <div class="inspect-choices">
        <button type="button" class="button" onClick={() => download(text, `${panel.title || "panel"}.json`)}>
          Download
        </button>
      </div>
      <pre class="scrolling" tabIndex={0}>
        {text}
      </pre>
    </>
  );
}

function download(content: string, name: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replace(/[\\/:*?"<>|]+/g, "_");
  link.click();
  URL.revokeObjectURL(address);
}
