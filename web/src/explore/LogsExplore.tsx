/** Logs: one LogQL query, how much of each level there was, and the lines; or what is written right now. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { TimeRange } from "../frame/frame";
import { toast } from "../shell/toasts";
import { Notice } from "../status/marks";
import { reasonOf } from "../status/usePolled";
import { count, sentence } from "../status/words";
import { absolute } from "../time/TimeControls";
import { DEDUPS, LIMITS } from "./address";
import { linesOf, volumeOf } from "./askLogs";
import { askRange, stepFor, type RangeAnswer } from "./askRange";
import { Editor } from "./Editor";
import type { Exploring } from "./ExplorePage";
import { logql } from "./languages";
import { asJsonLines, asText, type Dedup, type LogLine } from "./log-lines";
import { LogRows } from "./LogRows";
import { isMetricQuery, volumeQuery, withLogFilter, type LogFilter } from "./logql-edit";
import { PanelView } from "./PanelView";
import { TailView } from "./TailView";
import { barWidth, countsOfAnswer, countsOfLines, LEVEL_COLOURS, totals, volumeFrame, type Counts } from "./volume";

const EXAMPLES: readonly [string, string][] = [
  ["Everything", '{service_name=~".+"}'],
  ["Errors", '{service_name=~".+"} |~ `(?i)error`'],
  ["Lines per second, by service", 'sum by (service_name) (rate({service_name=~".+"}[1m]))'],
  ["Without debug", '{service_name=~".+"} !~ `(?i)debug`'],
];

interface Found {
  lines: readonly LogLine[];
  /** Of a query that answers numbers. */
  series: RangeAnswer | null;
  counts: Counts;
  /** Why the bars count only the lines that are here; empty: they count everything. */
  partly: string;
  took_ms: number;
}

export function LogsExplore({ state, range, turn, go, onBusy }: Exploring) {
  const query = state.rows[0]?.expr.trim() ?? "";
  const [typed, setTyped] = useState(query);
  const [isLive, setLive] = useState(false);
  const language = useMemo(logql, []);
  useEffect(() => setTyped(query), [query]);
  const { found, failure, isBusy } = useLogs(state, range, isLive ? "" : query, turn, onBusy);
  const ask = (expr: string) => go({ rows: [{ expr, isOff: false }] });
  const filter = (change: LogFilter) => ask(withLogFilter(typed, change));
  const isMetric = useMemo(() => isMetricQuery(query), [query]);
  return (
    <>
      <section class="card asking" aria-label="Query">
        <div class="query-row">
          <Editor value={typed} label="LogQL query" hint={'LogQL, such as {service_name="store"} |= "error"'} language={language} onChange={setTyped} onRun={() => ask(typed)} />
        </div>
        <div class="below">
          <label class="inline"><span>Lines</span><select class="field" value={state.limit} onChange={(event) => go({ limit: Number(event.currentTarget.value) })}>{LIMITS.map((limit) => <option key={limit} value={limit}>{limit}</option>)}</select></label>
          <label class="inline"><span>Order</span><select class="field" value={state.newestFirst ? "newest" : "oldest"} onChange={(event) => go({ newestFirst: event.currentTarget.value === "newest" })}><option value="newest">newest first</option><option value="oldest">oldest first</option></select></label>
          <label class="inline"><span>Repeats</span><select class="field" value={state.dedup} onChange={(event) => go({ dedup: event.currentTarget.value as Dedup })}>{DEDUPS.map((dedup) => <option key={dedup} value={dedup}>{DEDUP_WORDS[dedup]}</option>)}</select></label>
          <label class="inline"><input type="checkbox" checked={state.wrap} onChange={(event) => go({ wrap: event.currentTarget.checked })} /><span>Wrap lines</span></label>
          <span class="hint"><kbd>Enter</kbd> runs</span>
          <button type="button" class="button run" aria-pressed={isLive} disabled={typed.trim() === "" || isMetricQuery(typed)} onClick={() => { if (!isLive && typed.trim() !== query) ask(typed); setLive(!isLive); }}>{isLive ? "Stop tailing" : "Live tail"}</button>
          <button type="button" class="button primary" onClick={() => { setLive(false); ask(typed); }}>Run</button>
        </div>
      </section>
      {failure && !isLive && <Notice level="critical">{sentence(failure)}</Notice>}
      {query === "" && <Welcome onTake={ask} />}
      {isLive && query !== "" && !isMetric && <TailView key={query} query={query} wrap={state.wrap} onFilter={filter} />}
      {!isLive && query !== "" && found && (isMetric
        ? <Numbers answer={found.series} range={range} isBusy={isBusy} onZoom={(to) => go({ raw: absolute(to) })} />
        : <Lines {...{ found, range, isBusy, state }} onZoom={(to) => go({ raw: absolute(to) })} onFilter={filter} />)}
      {!isLive && query !== "" && !found && !failure && <p class="message">Asking …</p>}
    </>
  );
}

const DEDUP_WORDS: Readonly<Record<Dedup, string>> = { none: "show all", exact: "same text", numbers: "same but for numbers", signature: "same shape" };

function useLogs(state: Exploring["state"], range: TimeRange, query: string, turn: number, onBusy: (isBusy: boolean) => void) {
  const [result, setResult] = useState<{ found: Found | null; failure: string; isBusy: boolean }>({ found: null, failure: "", isBusy: false });
  const last = useRef(0);
  // how lines are shown is no other question
  const key = JSON.stringify([query, range.from, range.to, state.limit, state.newestFirst, turn]);
  useEffect(() => {
    const mine = (last.current += 1);
    if (query === "") return setResult({ found: null, failure: "", isBusy: false });
    const ended = new AbortController();
    setResult((before) => ({ ...before, isBusy: true }));
    onBusy(true);
    read(query, range, state, ended.signal).then(
      (found) => mine === last.current && setResult({ found, failure: "", isBusy: false }),
      (error: unknown) => mine === last.current && !ended.signal.aborted && setResult({ found: null, failure: reasonOf(error), isBusy: false }),
    ).finally(() => mine === last.current && onBusy(false));
    return () => ended.abort();
  }, [key]);
  return result;
}

async function read(query: string, range: TimeRange, state: Exploring["state"], signal: AbortSignal): Promise<Found> {
  const began = performance.now();
  const took = () => performance.now() - began;
  const counting = volumeQuery(query, barWidth(range.from, range.to));
  if (counting === null && isMetricQuery(query)) {
    const answer = (await askRange([{ id: "A", expr: query, source: "logs" }], range, stepFor(range, 250), signal)).get("A") ?? null;
    if (answer?.failure) throw new Error(answer.failure);
    return { lines: [], series: answer, counts: new Map(), partly: "", took_ms: took() };
  }
  const step_s = barWidth(range.from, range.to);
  const volume = counting === null ? Promise.resolve(null) : volumeOf(counting, range, step_s, signal).catch((error: unknown) => reasonOf(error));
  const [lines, counted] = await Promise.all([linesOf(query, range, state.limit, state.newestFirst, signal), volume]);
  const isCounted = counted !== null && typeof counted !== "string";
  return {
    lines, series: null, counts: isCounted ? countsOfAnswer(counted) : countsOfLines(lines, step_s),
    partly: typeof counted === "string" ? counted : "", took_ms: took(),
  };
}

const LEGEND = { legend: { showLegend: true, displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "mean", "max"] }, tooltip: { mode: "multi", sort: "desc" } };
const LINES = { color: { mode: "palette-classic" }, unit: "short", custom: { lineWidth: 1.5 } };

function Numbers({ answer, range, isBusy, onZoom }: { answer: RangeAnswer | null; range: TimeRange; isBusy: boolean; onZoom: (range: TimeRange) => void }) {
  if (!answer || answer.frames.length === 0) return <p class="message">{isBusy ? "Asking …" : "Nothing matches in this time."}</p>;
  return <section class="card answer" aria-label="Answer" aria-busy={isBusy}><PanelView type="timeseries" title="Graph of the answer" frames={answer.frames} range={range} height={420} options={LEGEND} defaults={LINES} onZoom={onZoom} /></section>;
}

const BARS = { legend: { showLegend: false }, tooltip: { mode: "multi", sort: "none" } };
const STACKED = { custom: { drawStyle: "bars", fillOpacity: 85, lineWidth: 0, stacking: { mode: "normal", group: "A" }, barAlignment: -1, barWidthFactor: 0.9 }, min: 0, unit: "short" };

interface LinesProps {
  found: Found;
  range: TimeRange;
  isBusy: boolean;
  state: Exploring["state"];
  onZoom: (range: TimeRange) => void;
  onFilter: (filter: LogFilter) => void;
}

function Lines({ found, range, isBusy, state, onZoom, onFilter }: LinesProps) {
  const frames = useMemo(() => [volumeFrame(found.counts, range.from, range.to, barWidth(range.from, range.to))], [found]);
  const levels = totals(found.counts);
  const { lines } = found;
  const isCut = lines.length >= state.limit;
  const words = lines.length === 0 ? "No line matches in this time" : isCut ? `${state.newestFirst ? "Newest" : "Oldest"} ${count(lines.length, "line")}` : count(lines.length, "line");
  return (
    <>
      {levels.length > 0 && (
        <section class="card answer volume" aria-label="Lines by level">
          <ul class="levels">{levels.map(({ level, lines: amount }) => <li key={level}><i ref={paint(LEVEL_COLOURS[level])} />{level} <b>{amount}</b></li>)}</ul>
          <PanelView type="timeseries" title="Lines over time, by level" frames={frames} range={range} height={110} options={BARS} defaults={STACKED} onZoom={onZoom} />
          {found.partly && <p class="faint">Only the lines below are counted: {found.partly}</p>}
        </section>
      )}
      <section class="card answer" aria-label="Log lines" aria-busy={isBusy}>
        <header class="head">
          <h2 aria-live="polite">{words}</h2>
          <span class="faint">{Math.round(found.took_ms)} ms</span>
          <span class="acts">
            <button type="button" class="button" disabled={lines.length === 0} onClick={() => save("logs.txt", asText(lines), "text/plain")}>Download as text</button>
            <button type="button" class="button" disabled={lines.length === 0} onClick={() => save("logs.jsonl", asJsonLines(lines), "application/jsonl")}>as JSON</button>
          </span>
        </header>
        <LogRows lines={lines} wrap={state.wrap} dedup={state.dedup} onFilter={onFilter} />
      </section>
    </>
  );
}

/** An inline style in the markup would be against the page's policy; the same by script is not. */
export const paint = (colour: string) => (element: HTMLElement | null) => void element?.style.setProperty("background", colour);

function save(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  toast(`${name} is saved.`);
}

const Welcome = ({ onTake }: { onTake: (expr: string) => void }) => (
  <div class="welcome">
    <p>Ask the stack's logs with LogQL. A start:</p>
    <div class="examples">{EXAMPLES.map(([name, expr]) => <button key={name} type="button" class="button" title={expr} onClick={() => onTake(expr)}>{name}</button>)}</div>
  </div>
);
