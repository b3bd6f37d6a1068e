/** Metrics: rows of PromQL, advice, a browser of metrics, and the answer as graph, table or text. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { metadata, type MetricMetadata } from "../ask/metrics";
import type { Frame } from "../frame/frame";
import { Icon } from "../shell/icons";
import { Notice } from "../status/marks";
import { reasonOf } from "../status/usePolled";
import { count, sentence } from "../status/words";
import { refIdOf, type QueryRow, type View } from "./address";
import { askRange, stepFor, type RangeAnswer } from "./askRange";
import { Editor } from "./Editor";
import { Exemplars, useExemplars } from "./Exemplars";
import type { Exploring } from "./ExplorePage";
import { InstantAnswer } from "./InstantAnswer";
import { promql } from "./languages";
import { MetricBrowser } from "./MetricBrowser";
import { hintsFor, metricsOf, withMatcher } from "./promql-edit";
import { PanelView } from "./PanelView";
import { absolute } from "../time/TimeControls";

const EXAMPLES: readonly [string, string][] = [
  ["Targets up, by job", "sum by (job) (up)"],
  ["Memory, by job", "sum by (job) (process_resident_memory_bytes)"],
  ["CPU, by job", "sum by (job) (rate(process_cpu_seconds_total[2m]))"],
  ["Samples taken in", "rate(prometheus_tsdb_head_samples_appended_total[5m])"],
  ["Host memory free", "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"],
];
const MOST_SERIES = 100;
const STEPS: readonly [string, number][] = [["auto", 0], ["1s", 1], ["5s", 5], ["15s", 15], ["30s", 30], ["1m", 60], ["5m", 300], ["15m", 900], ["1h", 3600], ["1d", 86_400]];
const OPTIONS = { legend: { showLegend: true, displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "min", "mean", "max"] }, tooltip: { mode: "multi", sort: "desc" } };
const DEFAULTS = { color: { mode: "palette-classic" }, unit: "short", custom: { lineWidth: 1.5, fillOpacity: 0, showPoints: "auto" } };

export function MetricsExplore({ state, range, turn, go, onBusy }: Exploring) {
  const [rows, setRows] = useState<readonly QueryRow[]>(state.rows);
  const [active, setActive] = useState(0);
  const [isBrowsing, setBrowsing] = useState(false);
  useEffect(() => setRows(state.rows), [state]);
  const types = useMetadata();
  const step_s = state.step_s > 0 ? state.step_s : stepFor(range);
  const asked = state.rows.flatMap(({ expr, isOff }, index) => (isOff || expr.trim() === "" ? [] : [{ id: refIdOf(index), expr: expr.trim(), source: "prometheus" as const }]));
  const { answers, failure, isBusy } = useAnswers(asked, range, step_s, `${JSON.stringify(state)} ${turn}`, state.view === "graph", onBusy);
  const exemplars = useExemplars(asked.map(({ expr }) => expr), range, state.exemplars && state.view === "graph");
  const frames = useMemo(() => [...answers.values()].flatMap((answer) => answer.frames), [answers]);
  const run = (changes: Partial<typeof state> = {}) => go({ rows, ...changes });
  const change = (index: number, row: Partial<QueryRow>) => rows.map((one, at) => (at === index ? { ...one, ...row } : one));
  return (
    <>
      <section class="card asking" aria-label="Queries">
        {rows.map((row, index) => (
          <Row
            key={index} row={row} refId={refIdOf(index)} isOnly={rows.length === 1} types={types} answer={answers.get(refIdOf(index))}
            onFocus={() => setActive(index)} onChange={(expr) => setRows(change(index, { expr }))} onRun={() => run()} onTake={(expr) => run({ rows: change(index, { expr }) })}
            onToggle={() => run({ rows: change(index, { isOff: !row.isOff }) })} onRemove={() => run({ rows: rows.filter((_, at) => at !== index) })}
          />
        ))}
        <div class="below">
          <button type="button" class="button" onClick={() => setRows([...rows, { expr: "", isOff: false }])}>Add a query</button>
          <button type="button" class="button" onClick={() => setBrowsing(true)}><Icon name="search" />Browse metrics</button>
          <label class="inline"><span>Step</span><select class="field" value={state.step_s} onChange={(event) => run({ step_s: Number(event.currentTarget.value) })}>{STEPS.map(([name, seconds]) => <option key={name} value={seconds}>{name}</option>)}</select></label>
          <label class="inline"><input type="checkbox" checked={state.exemplars} onChange={(event) => run({ exemplars: event.currentTarget.checked })} /><span>Exemplars</span></label>
          <span class="hint"><kbd>Enter</kbd> runs, <kbd>Shift</kbd> <kbd>Enter</kbd> breaks the line</span>
          <button type="button" class="button primary run" onClick={() => run()}>Run</button>
        </div>
      </section>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {asked.length === 0 ? <Welcome onTake={(expr) => run({ rows: [{ expr, isOff: false }] })} /> : (
        <section class="card answer" aria-label="Answer" aria-busy={isBusy}>
          <Views view={state.view} onChange={(view) => run({ view })} />
          {state.view === "graph" ? (
            <>
              <Graph frames={frames} isBusy={isBusy} hasFailed={failure !== "" || [...answers.values()].some((answer) => answer.failure !== "")} range={range} marks={exemplars.marks}
                onZoom={(to) => run({ raw: absolute(to) })} />
              {state.exemplars && <Exemplars {...exemplars} />}
            </>
          ) : (
            <InstantAnswer asked={asked} at={range.to} turn={turn} isTable={state.view === "table"}
              onFilter={(name, value, keep) => run({ rows: rows.map((row) => ({ ...row, expr: withMatcher(row.expr, { name, op: keep ? "=" : "!=", value }) })) })} />
          )}
        </section>
      )}
      {isBrowsing && <MetricBrowser metadata={types} onClose={() => setBrowsing(false)} onTake={(expr) => { setBrowsing(false); run({ rows: change(Math.min(active, rows.length - 1), { expr, isOff: false }) }); }} />}
    </>
  );
}

function useMetadata(): Readonly<Record<string, MetricMetadata[]>> {
  const [known, setKnown] = useState<Readonly<Record<string, MetricMetadata[]>>>({});
  // without it there is only less advice
  useEffect(() => void metadata().then(setKnown, () => undefined), []);
  return known;
}

interface Answers {
  answers: ReadonlyMap<string, RangeAnswer>;
  failure: string;
  isBusy: boolean;
}

/** `key` says what makes it another question; the last answer stays until the next one is here. */
function useAnswers(asked: Parameters<typeof askRange>[0], range: Exploring["range"], step_s: number, key: string, isWanted: boolean, onBusy: (isBusy: boolean) => void): Answers {
  const [state, setState] = useState<Answers>({ answers: new Map(), failure: "", isBusy: false });
  const last = useRef(0);
  useEffect(() => {
    if (!isWanted || asked.length === 0) {
      setState({ answers: new Map(), failure: "", isBusy: false });
      return;
    }
    const mine = (last.current += 1);
    const ended = new AbortController();
    setState((before) => ({ ...before, isBusy: true }));
    onBusy(true);
    askRange(asked, range, step_s, ended.signal).then(
      (answers) => mine === last.current && setState({ answers, failure: "", isBusy: false }),
      (error: unknown) => mine === last.current && !ended.signal.aborted && setState({ answers: new Map(), failure: reasonOf(error), isBusy: false }),
    ).finally(() => mine === last.current && onBusy(false));
    return () => ended.abort();
  }, [key, isWanted]);
  return state;
}

interface RowProps {
  row: QueryRow;
  refId: string;
  isOnly: boolean;
  types: Readonly<Record<string, MetricMetadata[]>>;
  answer: RangeAnswer | undefined;
  onFocus: () => void;
  onChange: (expr: string) => void;
  onRun: () => void;
  onTake: (expr: string) => void;
  onToggle: () => void;
  onRemove: () => void;
}

function Row({ row, refId, isOnly, types, answer, onFocus, onChange, onRun, onTake, onToggle, onRemove }: RowProps) {
  const language = useMemo(promql, []);
  const names = metricsOf(row.expr);
  const about = names.length === 1 ? types[names[0] ?? ""]?.[0] : undefined;
  const flat = useMemo(() => Object.fromEntries(Object.entries(types).map(([name, all]) => [name, all[0]?.type ?? "unknown"])), [types]);
  const hints = useMemo(() => hintsFor(row.expr, flat, answer?.frames.length ?? 0), [row.expr, flat, answer]);
  return (
    <div class={row.isOff ? "query-row off" : "query-row"} role="group" aria-label={`Query ${refId}`} onFocusIn={onFocus}>
      <b class="ref">{refId}</b>
      <Editor value={row.expr} label={isOnly ? "PromQL query" : `PromQL query ${refId}`} hint="PromQL, such as up or rate(http_requests_total[5m])" language={language} onChange={onChange} onRun={onRun} />
      <span class="row-actions">
        <button type="button" class="plain" aria-pressed={row.isOff} aria-label={`Leave out query ${refId}`} title="Leave out" onClick={onToggle}>{row.isOff ? "off" : "on"}</button>
        {!isOnly && <button type="button" class="plain" aria-label={`Remove query ${refId}`} onClick={onRemove}><Icon name="close" /></button>}
      </span>
      <div class="beneath">
        {answer?.failure && <p class="bad" role="alert">{sentence(answer.failure)}</p>}
        {about && <p class="faint"><b>{about.type}</b>{about.unit && ` · ${about.unit}`} · {about.help}</p>}
        {hints.map((hint) => <p key={hint.text} class="advice">{hint.text}. <button type="button" class="plain" onClick={() => onTake(hint.expr)}>Use <code>{hint.expr}</code></button></p>)}
      </div>
    </div>
  );
}

const Views = ({ view, onChange }: { view: View; onChange: (view: View) => void }) => (
  <div class="choice views" role="radiogroup" aria-label="Show the answer as">
    {([["graph", "Graph"], ["table", "Table"], ["raw", "Raw"]] as const).map(([one, name]) => <button key={one} type="button" role="radio" aria-checked={view === one} onClick={() => onChange(one)}>{name}</button>)}
  </div>
);

function Graph({ frames, isBusy, hasFailed, range, marks, onZoom }: { frames: readonly Frame[]; isBusy: boolean; hasFailed: boolean; range: Exploring["range"]; marks: Parameters<typeof PanelView>[0]["annotations"]; onZoom: (range: Exploring["range"]) => void }) {
  const [isAll, setAll] = useState(false);
  const shown = useMemo(() => (isAll ? frames : frames.slice(0, MOST_SERIES)), [frames, isAll]);
  const notices = [...new Set(frames.flatMap((frame) => frame.notices ?? []))];
  if (frames.length === 0) return <p class="message">{isBusy ? "Asking …" : hasFailed ? "No answer." : "Nothing matches in this time."}</p>;
  return (
    <>
      {notices.map((notice) => <Notice key={notice}>{notice}</Notice>)}
      <PanelView type="timeseries" title="Graph of the answer" frames={shown} range={range} height={460} options={OPTIONS} defaults={DEFAULTS} annotations={marks ?? []} onZoom={onZoom} />
      {frames.length > shown.length && <p class="faint">{MOST_SERIES} of {count(frames.length, "series", "series")} drawn. <button type="button" class="button" onClick={() => setAll(true)}>Draw all</button></p>}
    </>
  );
}

const Welcome = ({ onTake }: { onTake: (expr: string) => void }) => (
  <div class="welcome">
    <p>Ask the stack's metrics with PromQL. A start:</p>
    <div class="examples">{EXAMPLES.map(([name, expr]) => <button key={name} type="button" class="button" title={expr} onClick={() => onTake(expr)}>{name}</button>)}</div>
  </div>
);
