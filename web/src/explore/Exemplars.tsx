/** Exemplars: single requests behind a metric, each with its trace. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { ask } from "../ask/ask";
import type { TimeRange } from "../frame/frame";
import type { AnnotationMark } from "../panels/panel";
import { reasonOf } from "../status/usePolled";
import { moment, number, sentence } from "../status/words";

interface Exemplar {
  labels: Record<string, string>;
  value: string;
  timestamp: number;
}

interface Found {
  series: Record<string, string>;
  exemplar: Exemplar;
}

const SHOWN = 50;

export interface ExemplarsFound {
  found: readonly Found[];
  marks: readonly AnnotationMark[];
  failure: string;
}

export function useExemplars(expressions: readonly string[], range: TimeRange, isWanted: boolean): ExemplarsFound {
  const [state, setState] = useState<{ found: readonly Found[]; failure: string }>({ found: [], failure: "" });
  useEffect(() => {
    if (!isWanted || expressions.length === 0) return setState({ found: [], failure: "" });
    const ended = new AbortController();
    const read = async (query: string) => {
      const parameters = new URLSearchParams({ query, start: String(range.from / 1000), end: String(range.to / 1000) });
      const { data } = await ask<{ data: { seriesLabels: Record<string, string>; exemplars: Exemplar[] }[] }>(`/api/prometheus/api/v1/query_exemplars?${parameters}`, { signal: ended.signal });
      return (data ?? []).flatMap(({ seriesLabels, exemplars }) => exemplars.map((exemplar) => ({ series: seriesLabels, exemplar })));
    };
    Promise.all(expressions.map(read)).then(
      (all) => setState({ found: all.flat().sort((a, b) => b.exemplar.timestamp - a.exemplar.timestamp), failure: "" }),
      (error: unknown) => void (!ended.signal.aborted && setState({ found: [], failure: reasonOf(error) })),
    );
    return () => ended.abort();
  }, [expressions.join("\n"), range.from, range.to, isWanted]);
  const marks = useMemo(() => state.found.slice(0, SHOWN).map(({ exemplar }): AnnotationMark => ({
    from: exemplar.timestamp * 1000, title: "Exemplar", text: `${number(Number(exemplar.value))} ${Object.entries(exemplar.labels).map(([name, value]) => `${name}=${value}`).join(" ")}`, color: "#8a7bd8", tags: [],
  })), [state]);
  return { ...state, marks };
}

const traceOf = (labels: Record<string, string>) => labels["trace_id"] ?? labels["traceID"] ?? labels["traceId"];

export function Exemplars({ found, failure }: ExemplarsFound) {
  if (failure) return <p class="bad">{sentence(failure)}</p>;
  if (found.length === 0) return <p class="faint">No exemplar was recorded for this in this time.</p>;
  return (
    <table class="listing" aria-label="Exemplars">
      <thead><tr>{["When", "Value", "Series", "Labels", "Trace"].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
      <tbody>
        {found.slice(0, SHOWN).map(({ series, exemplar }, index) => {
          const trace = traceOf(exemplar.labels);
          return (
            <tr key={index}>
              <td class="when">{moment(exemplar.timestamp * 1000)}</td>
              <td class="number">{number(Number(exemplar.value))}</td>
              <td>{series["__name__"]}</td>
              <td>{Object.entries(exemplar.labels).map(([name, value]) => `${name}=${value}`).join(" ")}</td>
              <td>{trace && <a href={`/traces/${encodeURIComponent(trace)}`}>Trace</a>}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
