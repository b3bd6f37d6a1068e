/** One trace: its waterfall with the critical path, every span's details, and its own service map. */

import { useMemo, useState } from "preact/hooks";
import type { PageProps } from "../shell/routes";
import { useSession } from "../shell/Shell";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { count, micros, moment, sentence } from "../status/words";
import { traceById } from "./askTraces";
import { mapOfTrace } from "./service-map";
import { MapCard } from "./ServiceMapView";
import type { Trace } from "./trace";
import { criticalPath, found, rowsOf, treeOf } from "./tree";
import { Waterfall } from "./Waterfall";
import "../status/marks.css";
import "./traces.css";

export default function TracePage({ params }: PageProps) {
  const id = params["id"] ?? "";
  const who = useSession();
  return (
    <div class="page wide traces">
      <nav class="trail" aria-label="Where you are"><a href="/traces">Traces</a> / <code>{id}</code></nav>
      {who && (who.features["traces"] === true ? <Asked id={id} /> : <Notice level="info">This stack has no trace store, so this trace cannot be shown.</Notice>)}
    </div>
  );
}

function Asked({ id }: { id: string }) {
  const { data, failure, at } = usePolled(({ signal }) => traceById(id, signal), 0, id);
  if (failure) return <Notice level="critical">{sentence(failure)}</Notice>;
  if (at === 0) return <p class="message">Asking …</p>;
  if (data === null) return <p class="message">The trace store does not hold this trace. It may be too old, or its spans may still be on their way.</p>;
  return <TraceView trace={data} />;
}

function TraceView({ trace }: { trace: Trace }) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [text, setText] = useState("");
  const [isCriticalShown, setCriticalShown] = useState(true);
  const [isMap, setMap] = useState(false);
  const roots = useMemo(() => treeOf(trace), [trace]);
  const rows = useMemo(() => rowsOf(roots, collapsed), [roots, collapsed]);
  const sections = useMemo(() => criticalPath(roots), [roots]);
  const marked = useMemo(() => found(trace, text), [trace, text]);
  const services = useMemo(() => [...new Set(trace.spans.map(({ service }) => service))], [trace]);
  const root = roots[0]?.span;
  const failed = trace.spans.filter((span) => span.failed).length;
  const parents = useMemo(() => rowsOf(roots, new Set()).filter(({ below }) => below > 0).map(({ span }) => span.id), [roots]);
  const toggle = (spanId: string) => {
    const next = new Set(collapsed);
    if (!next.delete(spanId)) next.add(spanId);
    setCollapsed(next);
  };
  return (
    <>
      <header class="summary">
        <h1>{root ? `${root.service}: ${root.name}` : trace.id}</h1>
        <p class="faint">
          {moment(trace.start)} · took <b>{micros(trace.duration_us)}</b> · {count(trace.spans.length, "span")} · {count(services.length, "service")}
          {failed > 0 && <> · <span class="bad">{count(failed, "span")} failed</span></>}
        </p>
      </header>
      <div class="filters">
        <label class="seek"><span class="unseen">Search in the trace</span><input class="field" type="search" placeholder="Search names, services, attributes" value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
        {text.trim() !== "" && <span class="faint" role="status">{count(marked.size, "span")} found</span>}
        <label class="inline"><input type="checkbox" checked={isCriticalShown} onChange={(event) => setCriticalShown(event.currentTarget.checked)} /><span>Critical path</span></label>
        <button type="button" class="button" onClick={() => setCollapsed(collapsed.size > 0 ? new Set() : new Set(parents))}>{collapsed.size > 0 ? "Open all" : "Close all"}</button>
        <button type="button" class="button" aria-pressed={isMap} onClick={() => setMap(!isMap)}>Service map</button>
      </div>
      {isMap && <MapCard map={mapOfTrace(trace)} range={{ from: trace.start, to: trace.start + trace.duration_us / 1000 }} title="Services of this trace" />}
      <Waterfall trace={trace} rows={rows} sections={isCriticalShown ? sections : []} marked={marked} services={services} onToggle={toggle} />
    </>
  );
}
