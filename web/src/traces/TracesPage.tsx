/** Finding traces: by a form or by TraceQL; and who calls whom. */

import { useEffect, useMemo, useState } from "preact/hooks";
import type { TimeRange } from "../frame/frame";
import { navigate, setQuery } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { useSession } from "../shell/Shell";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { count, micros, moment, sentence } from "../status/words";
import { resolveRange } from "../time/range";
import { TimeControls } from "../time/TimeControls";
import { searchTraces, valuesOf, type FoundTrace } from "./askTraces";
import { ServiceMapView } from "./ServiceMapView";
import { durationMistake, isTraceId, NO_SEARCH, toTraceQL, type TraceSearch } from "./traceql";
import "../status/marks.css";
import "./traces.css";

const LIMITS = [20, 50, 100, 500];

export default function TracesPage({ query }: PageProps) {
  const who = useSession();
  const raw = { from: query.get("from") ?? "now-1h", to: query.get("to") ?? "now" };
  const zone = query.get("tz") ?? "browser";
  const [turn, setTurn] = useState(0);
  const range = useMemo(() => resolveRange(raw, Date.now(), zone), [raw.from, raw.to, zone, turn]);
  const isMap = query.get("view") === "map";
  const hasStore = who?.features["traces"] === true;
  return (
    <div class="page wide traces">
      <header>
        <h1>Traces</h1>
        <nav class="sections" aria-label="Traces">
          <a href="/traces" aria-current={isMap ? undefined : "page"}>Search</a>
          <a href="/traces?view=map" aria-current={isMap ? "page" : undefined}>Service map</a>
        </nav>
        <TimeControls
          raw={raw} range={range} zone={zone} onRange={(to) => setQuery({ from: to.from, to: to.to })} onZone={(to) => setQuery({ tz: to === "browser" ? null : to })}
          onRefresh={() => setTurn(turn + 1)} busy={false} refreshes={[{ name: "Off", seconds: 0 }]} refreshName="Off" onRefreshEvery={() => undefined}
        />
      </header>
      {who && !hasStore && <Notice level="info">This stack has no trace store: nothing keeps traces, so there is nothing to search. Add one to the stack's description, then traces that applications send by OTLP appear here.</Notice>}
      {hasStore && (isMap ? <ServiceMapView range={range} turn={turn} /> : <Search query={query} range={range} turn={turn} onAgain={() => setTurn(turn + 1)} />)}
    </div>
  );
}

function Search({ query, range, turn, onAgain }: { query: URLSearchParams; range: TimeRange; turn: number; onAgain: () => void }) {
  const asked = query.get("q") ?? "";
  const limit = Number(query.get("limit")) || 20;
  const [typed, setTyped] = useState(asked);
  const [search, setSearch] = useState<TraceSearch>(NO_SEARCH);
  useEffect(() => setTyped(asked), [asked]);
  const services = usePolled(({ signal }) => valuesOf("resource.service.name", signal), 0, "services");
  // nothing asked yet: the newest ones are what most people came for
  const { data, failure } = usePolled(({ signal }) => searchTraces(asked || "{}", range, limit, signal), 0, `${asked} ${limit} ${range.from} ${range.to} ${turn}`);
  const run = (text: string) => {
    if (isTraceId(text)) navigate(`/traces/${text.trim().toLowerCase()}`);
    else if (text === asked) onAgain();
    else setQuery({ q: text || null });
  };
  const change = (changes: Partial<TraceSearch>) => {
    const next = { ...search, ...changes };
    setSearch(next);
    setTyped(toTraceQL(next));
  };
  const mistake = durationMistake(search.longerThan) || durationMistake(search.shorterThan);
  return (
    <>
      <form class="card asking" aria-label="Search" onSubmit={(event) => { event.preventDefault(); if (!mistake) run(typed.trim() || toTraceQL(search)); }}>
        <div class="fields">
          <label class="labelled"><span>Service</span><input class="field" list="services" value={search.service} onInput={(event) => change({ service: event.currentTarget.value })} autocomplete="off" /></label>
          <datalist id="services">{(services.data ?? []).map((name) => <option key={name} value={name} />)}</datalist>
          <label class="labelled"><span>Span name</span><input class="field" value={search.span} onInput={(event) => change({ span: event.currentTarget.value })} autocomplete="off" /></label>
          <label class="labelled"><span>At least</span><input class="field" placeholder="100ms" value={search.longerThan} onInput={(event) => change({ longerThan: event.currentTarget.value })} autocomplete="off" /></label>
          <label class="labelled"><span>At most</span><input class="field" placeholder="2s" value={search.shorterThan} onInput={(event) => change({ shorterThan: event.currentTarget.value })} autocomplete="off" /></label>
          <label class="labelled grow"><span>Tags</span><input class="field" placeholder="http.response.status_code=500" value={search.tags} onInput={(event) => change({ tags: event.currentTarget.value })} autocomplete="off" /></label>
          <label class="inline"><input type="checkbox" checked={search.onlyFailed} onChange={(event) => change({ onlyFailed: event.currentTarget.checked })} /><span>Only failed</span></label>
        </div>
        {mistake && <p class="bad" role="alert">{mistake}</p>}
        <label class="labelled"><span>TraceQL, or the id of a trace</span><textarea class="field" rows={2} spellcheck={false} placeholder="{ resource.service.name = &quot;checkout&quot; && duration > 1s }" value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)} onKeyDown={(event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); if (!mistake) run(typed.trim() || "{}"); } }} /></label>
        <div class="below">
          <label class="inline"><span>At most</span><select class="field" value={limit} onChange={(event) => setQuery({ limit: event.currentTarget.value })}>{LIMITS.map((one) => <option key={one} value={one}>{one} traces</option>)}</select></label>
          <span class="hint"><kbd>Enter</kbd> searches</span>
          <button type="submit" class="button primary" disabled={mistake !== ""}>Search</button>
        </div>
      </form>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {data && <Results traces={data} limit={limit} isAsked={asked !== ""} />}
    </>
  );
}

function Results({ traces, limit, isAsked }: { traces: readonly FoundTrace[]; limit: number; isAsked: boolean }) {
  if (traces.length === 0) return <p class="message">{isAsked ? "No trace is like that in this time." : "No trace was kept in this time. Applications send theirs by OTLP."}</p>;
  const longest = Math.max(1, ...traces.map(({ durationMs }) => durationMs ?? 0));
  return (
    <section class="card" aria-label="Traces found">
      <p class="found" role="status">{traces.length >= limit ? `The newest ${traces.length} traces` : count(traces.length, "trace")}</p>
      <div class="scroll">
        <table class="listing">
          <thead><tr>{["Trace", "Began", "Service", "Name", "Spans found", "Took"].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
          <tbody>
            {traces.map((trace) => (
              <tr key={trace.traceID}>
                <th scope="row"><a class="mono" href={`/traces/${trace.traceID}`}>{trace.traceID.slice(0, 16)}</a></th>
                <td class="when">{moment(Number(BigInt(trace.startTimeUnixNano ?? 0) / 1_000_000n))}</td>
                <td>{trace.rootServiceName ?? <span class="faint">not here yet</span>}</td>
                <td>{trace.rootTraceName}</td>
                <td class="number">{trace.spanSets?.reduce((sum, { matched, spans }) => sum + (matched ?? spans?.length ?? 0), 0) ?? trace.spanSet?.matched ?? ""}</td>
                <td class="took"><meter min={0} max={longest} value={trace.durationMs ?? 0} aria-hidden="true" />{micros((trace.durationMs ?? 0) * 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
