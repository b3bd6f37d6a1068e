/** Log lines that open to everything that is known of them. */

import { useMemo, useState } from "preact/hooks";
import { toast } from "../shell/toasts";
import { moment, time } from "../status/words";
import { LogContext } from "./LogContext";
import { fieldsOfText, levelOf, sourceOf, traceOf, withoutRepeats, type Dedup, type FoundField, type LogLine } from "./log-lines";
import type { LogFilter } from "./logql-edit";

interface Props {
  lines: readonly LogLine[];
  wrap: boolean;
  dedup: Dedup;
  onFilter: (filter: LogFilter) => void;
}

export function LogRows({ lines, wrap, dedup, onFilter }: Props) {
  const rows = useMemo(() => withoutRepeats(lines, dedup), [lines, dedup]);
  const keys = useMemo(() => uniqueKeys(rows.map(({ line }) => line)), [rows]);
  const [context, setContext] = useState<LogLine | null>(null);
  return (
    <div class={wrap ? "entries wrap" : "entries"}>
      {rows.map(({ line, times }, index) => <Entry key={keys[index]} line={line} times={times} onFilter={onFilter} onContext={() => setContext(line)} />)}
      {context && <LogContext line={context} onClose={() => setContext(null)} />}
    </div>
  );
}

/** Lines of one nanosecond are told apart by their number among them, so that a row keeps its place while others come. */
function uniqueKeys(lines: readonly LogLine[]): string[] {
  const seen = new Map<string, number>();
  return lines.map(({ ns, line }) => {
    const key = `${ns} ${line.slice(0, 80)}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return times === 1 ? key : `${key} ${times}`;
  });
}

interface EntryProps {
  line: LogLine;
  times: number;
  onFilter: (filter: LogFilter) => void;
  onContext: () => void;
}

function Entry({ line, times, onFilter, onContext }: EntryProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class={`entry ${levelOf(line)}`} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <time title={moment(line.at)}>{time(line.at)}.{line.ns.slice(-9, -6)}</time>
        <span class="from">{sourceOf(line.stream)}</span>
        <span class="text">{times > 1 && <b class="times">{times}×</b>}{line.line}</span>
      </summary>
      {isOpen && <Details line={line} onFilter={onFilter} onContext={onContext} />}
    </details>
  );
}

function Details({ line, onFilter, onContext }: Omit<EntryProps, "times">) {
  const trace = traceOf(line);
  const known = new Set([line.stream, line.metadata, line.parsed].flatMap((labels) => Object.keys(labels)));
  const detected = fieldsOfText(line.line).filter(({ name }) => !known.has(name));
  const of = (labels: LogLine["stream"], kind: FoundField["kind"]) => Object.entries(labels).map(([name, value]) => ({ name, value, kind }));
  const copy = () => void navigator.clipboard.writeText(line.line).then(() => toast("The line is copied."), () => toast("The browser refused to copy it.", "failure"));
  return (
    <div class="details">
      <div class="acts">
        <button type="button" class="button" onClick={onContext}>Lines around it</button>
        <button type="button" class="button" onClick={copy}>Copy the line</button>
        {trace && <a class="button" href={`/traces/${trace}`}>Trace {trace.slice(0, 8)}…</a>}
      </div>
      <Fields title="Labels" fields={of(line.stream, "stream")} onFilter={onFilter} />
      <Fields title="Structured metadata" fields={of(line.metadata, "metadata")} onFilter={onFilter} />
      <Fields title="Parsed by the query" fields={of(line.parsed, "parsed")} onFilter={onFilter} />
      <Fields title="Detected in the line" fields={detected} onFilter={onFilter} />
    </div>
  );
}

function Fields({ title, fields, onFilter }: { title: string; fields: readonly FoundField[]; onFilter: (filter: LogFilter) => void }) {
  if (fields.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <dl>
        {fields.map(({ name, value, kind }) => (
          <div key={name}>
            <dt>
              <button type="button" class="plain" aria-label={`Only ${name}="${value}"`} title="Only this" onClick={() => onFilter({ name, value, kind, keep: true })}>+</button>
              <button type="button" class="plain" aria-label={`Without ${name}="${value}"`} title="Without this" onClick={() => onFilter({ name, value, kind, keep: false })}>−</button>
              {name}
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
