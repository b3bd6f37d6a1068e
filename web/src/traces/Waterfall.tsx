/** The spans of a trace under each other, each where it was in time. */

import { useMemo, useState } from "preact/hooks";
import { exploreLink } from "../explore/address";
import { Icon } from "../shell/icons";
import { micros } from "../status/words";
import { shownValue, type Attributes, type Span, type Trace } from "./trace";
import type { Row, Section } from "./tree";

// Enough unlike each other, and readable on both grounds; services beyond begin anew.
const COLOURS = ["#5b8def", "#3fae7a", "#e0913a", "#b873d6", "#d9576b", "#2fa4c7", "#9aa33a", "#8478d8", "#c96f9f", "#6c8a9c"];

interface Props {
  trace: Trace;
  rows: readonly Row[];
  sections: readonly Section[];
  marked: ReadonlySet<string>;
  services: readonly string[];
  onToggle: (spanId: string) => void;
}

export function Waterfall({ trace, rows, sections, marked, services, onToggle }: Props) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const open = (spanId: string) => {
    const next = new Set(opened);
    if (!next.delete(spanId)) next.add(spanId);
    setOpened(next);
  };
  const ofSpan = useMemo(() => {
    const grouped = new Map<string, Section[]>();
    for (const section of sections) grouped.set(section.spanId, [...(grouped.get(section.spanId) ?? []), section]);
    return grouped;
  }, [sections]);
  const colourOf = (service: string) => COLOURS[services.indexOf(service) % COLOURS.length] ?? "#5b8def";
  return (
    <section class="card waterfall" aria-label="Waterfall">
      <ul class="levels legend">{services.map((service) => <li key={service}><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" fill={colourOf(service)} /></svg>{service}</li>)}</ul>
      <Scale duration_us={trace.duration_us} />
      <ol onKeyDown={onArrows}>
        {rows.map((row) => (
          <SpanRow
            key={row.span.id} row={row} trace={trace} colour={colourOf(row.span.service)} sections={ofSpan.get(row.span.id) ?? []} isMarked={marked.has(row.span.id)}
            isOpen={opened.has(row.span.id)} onOpen={() => open(row.span.id)} onToggle={() => onToggle(row.span.id)}
          />
        ))}
      </ol>
    </section>
  );
}

/** Up and down go from span to span, as in any list. */
function onArrows(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const list = event.currentTarget as HTMLElement;
  const buttons = [...list.querySelectorAll<HTMLElement>("button.name")];
  const next = buttons[buttons.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

const TICKS = [0, 0.25, 0.5, 0.75, 1];

const Scale = ({ duration_us }: { duration_us: number }) => (
  <div class="scale" aria-hidden="true"><span /><div>{TICKS.map((tick) => <span key={tick}>{tick === 0 ? "0" : micros(duration_us * tick)}</span>)}</div></div>
);

interface SpanRowProps {
  row: Row;
  trace: Trace;
  colour: string;
  sections: readonly Section[];
  isMarked: boolean;
  isOpen: boolean;
  onOpen: () => void;
  onToggle: () => void;
}

const INDENT_PX = 14;
const MOST_INDENT_PX = 160;
const WIDTH = 1000;

function SpanRow({ row, trace, colour, sections, isMarked, isOpen, onOpen, onToggle }: SpanRowProps) {
  const { span, depth, below, isCollapsed } = row;
  const total = Math.max(trace.duration_us, 0.001);
  const at = (us: number) => (us / total) * WIDTH;
  const width = Math.max(2, at(span.duration_us));
  const x = Math.min(at(span.start_us), WIDTH - 2);
  // the label stands where there is room: behind the bar, else before it, else on it
  const isLate = x + width > WIDTH * 0.85;
  const place = (element: HTMLElement | null) => {
    if (element === null) return;
    if (isLate && x < WIDTH * 0.2) element.classList.add("inside");
    else if (isLate) element.style.setProperty("right", `${100 - x / 10 + 0.4}%`);
    else element.style.setProperty("left", `${(x + width) / 10 + 0.4}%`);
  };
  const indent = (element: HTMLElement | null) => void element?.style.setProperty("padding-left", `${Math.min(depth * INDENT_PX, MOST_INDENT_PX)}px`);
  return (
    <li class={`span ${isMarked ? "marked" : ""} ${span.failed ? "failed" : ""}`} aria-label={`${span.service} ${span.name}`}>
      <div class="line">
        <div class="label" ref={indent}>
          {below > 0 ? <button type="button" class="plain fold" aria-expanded={!isCollapsed} aria-label={isCollapsed ? `Open ${below} spans below` : "Close the spans below"} onClick={onToggle}>{isCollapsed ? `+${below}` : "−"}</button> : <span class="fold" />}
          <button type="button" class="name" aria-expanded={isOpen} onClick={onOpen} title={`${span.service}: ${span.name}`}>
            <b>{span.service}</b> {span.name}{span.failed && <Icon name="warning" />}<span class="unseen">, {span.failed && "failed, "}took {micros(span.duration_us)}</span>
          </button>
        </div>
        <div class="track" onClick={onOpen}>
          <svg viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
            {TICKS.map((tick) => <line key={tick} class="grid" x1={tick * WIDTH} x2={tick * WIDTH} y1="0" y2="14" />)}
            <rect x={x} y="2" width={width} height="10" rx="2" fill={colour} />
            {sections.map(({ from_us, to_us }) => <rect key={from_us} class="critical" x={at(from_us)} y="9" width={Math.max(1.5, at(to_us - from_us))} height="3" />)}
            {span.events.map((event, index) => <line key={index} class="event" x1={at(event.at_us)} x2={at(event.at_us)} y1="1" y2="13" />)}
          </svg>
          <span class="took" ref={place} aria-hidden="true">{micros(span.duration_us)}</span>
        </div>
      </div>
      {isOpen && <Details span={span} trace={trace} />}
    </li>
  );
}

function Details({ span, trace }: { span: Span; trace: Trace }) {
  const around_ms = 5 * 60_000;
  const logs = exploreLink("logs", `{service_name=${JSON.stringify(span.service)}} |= ${JSON.stringify(trace.id)}`, {
    from: String(Math.floor(trace.start - around_ms)), to: String(Math.ceil(trace.start + trace.duration_us / 1000 + around_ms)),
  });
  return (
    <div class="details">
      <p class="faint">
        {span.kind} · began after {micros(span.start_us)} · took {micros(span.duration_us)} · span <code>{span.id}</code>{span.scope && ` · by ${span.scope}`}
      </p>
      {span.failed && <p class="bad">Failed{span.statusMessage && `: ${span.statusMessage}`}</p>}
      <div class="acts"><a class="button" href={logs}>Logs of this span</a></div>
      <Pairs title="Attributes" pairs={span.attributes} />
      <Pairs title="Resource" pairs={span.resource} />
      {span.events.length > 0 && (
        <section aria-label="Events"><h3>Events</h3>
          {span.events.map((event, index) => <div key={index} class="event"><p><b>{event.name}</b> <span class="faint">after {micros(event.at_us)}</span></p><Pairs pairs={event.attributes} /></div>)}
        </section>
      )}
      {span.links.length > 0 && (
        <section aria-label="Links"><h3>Links</h3>
          <ul>{span.links.map((link) => <li key={link.spanId}><a class="mono" href={`/traces/${encodeURIComponent(link.traceId)}`}>{link.traceId}</a> <span class="faint">span {link.spanId}</span><Pairs pairs={link.attributes} /></li>)}</ul>
        </section>
      )}
    </div>
  );
}

function Pairs({ title, pairs }: { title?: string; pairs: Attributes }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <section aria-label={title}>
      {title && <h3>{title}</h3>}
      <dl class="annotations">{entries.map(([name, value]) => <div key={name}><dt>{name}</dt><dd class="mono">{shownValue(value)}</dd></div>)}</dl>
    </section>
  );
}
