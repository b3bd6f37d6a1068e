/** The values at the end of the range: as a table that filters by a click, or as text. */

import { useEffect, useState } from "preact/hooks";
import { queryBatch, type Answer } from "../ask/query";
import { reasonOf } from "../status/usePolled";
import { count, number, sentence } from "../status/words";
import { withoutMacros } from "./askRange";

interface Sample {
  metric: Record<string, string>;
  value?: [number, string];
}

interface Props {
  asked: readonly { id: string; expr: string }[];
  /** Milliseconds since 1970. */
  at: number;
  turn: number;
  isTable: boolean;
  onFilter: (name: string, value: string, keep: boolean) => void;
}

const MOST_ROWS = 1000;

export function InstantAnswer({ asked, at, turn, isTable, onFilter }: Props) {
  const [answers, setAnswers] = useState<readonly Answer[] | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const ended = new AbortController();
    const got: Answer[] = [];
    const queries = asked.map(({ id, expr }) => ({ id, source: "prometheus" as const, kind: "instant" as const, expr: withoutMacros(expr, { from: at - 3_600_000, to: at }, 15), time: at / 1000 }));
    queryBatch(queries, (answer) => got.push(answer), { signal: ended.signal }).then(
      () => {
        setFailure("");
        setAnswers(got.sort((a, b) => (a.id < b.id ? -1 : 1)));
      },
      (error: unknown) => void (!ended.signal.aborted && setFailure(reasonOf(error))),
    );
    return () => ended.abort();
  }, [JSON.stringify(asked), at, turn]);
  if (failure) return <p class="bad" role="alert">{sentence(failure)}</p>;
  if (answers === null) return <p class="message">Asking …</p>;
  return (
    <>
      {answers.map((answer) => {
        if (!("body" in answer)) return <p key={answer.id} class="bad" role="alert">{answer.id}: {sentence(answer.error)}</p>;
        const samples = samplesOf(answer.body.data);
        if (samples.length === 0) return <p key={answer.id} class="message">{answer.id}: nothing at this moment.</p>;
        return isTable ? <Table key={answer.id} id={answer.id} samples={samples} onFilter={onFilter} /> : <Raw key={answer.id} samples={samples} />;
      })}
    </>
  );
}

function samplesOf({ resultType, result }: { resultType: string; result: unknown }): Sample[] {
  if (resultType === "scalar" || resultType === "string") return [{ metric: {}, value: result as [number, string] }];
  if (resultType !== "matrix") return (result as Sample[]) ?? [];
  return ((result as { metric: Record<string, string>; values: [number, string][] }[]) ?? []).flatMap(({ metric, values }) => values.map((value) => ({ metric, value })));
}

const written = ({ metric: { __name__: name = "", ...labels } }: Sample): string => {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(", ");
  return pairs ? `${name}{${pairs}}` : name || "{}";
};

const Raw = ({ samples }: { samples: readonly Sample[] }) => (
  <pre class="raw" tabIndex={0}>{samples.map((sample) => `${written(sample)}  ${sample.value?.[1] ?? "(native histogram)"} @${sample.value?.[0] ?? ""}`).join("\n")}</pre>
);

function Table({ id, samples, onFilter }: { id: string; samples: readonly Sample[]; onFilter: Props["onFilter"] }) {
  const names = [...new Set(samples.flatMap(({ metric }) => Object.keys(metric)))].sort((a, b) => (a === "__name__" ? -1 : b === "__name__" ? 1 : a < b ? -1 : 1));
  const sorted = [...samples].sort((a, b) => Number(b.value?.[1]) - Number(a.value?.[1]));
  return (
    <div class="scroll" role="region" aria-label={`Values of each series of ${id}`} tabIndex={0}>
      <table class="listing values">
        <thead><tr>{names.map((name) => <th key={name} scope="col">{name === "__name__" ? "metric" : name}</th>)}<th scope="col" class="number">Value {id}</th></tr></thead>
        <tbody>
          {sorted.slice(0, MOST_ROWS).map((sample, index) => (
            <tr key={index}>
              {names.map((name) => <td key={name}><Cell name={name} value={sample.metric[name]} onFilter={onFilter} /></td>)}
              <td class="number" title={sample.value?.[1]}>{sample.value ? number(Number(sample.value[1].replace("Inf", "Infinity"))) : "histogram"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {samples.length > MOST_ROWS && <p class="faint">The largest {MOST_ROWS} of {count(samples.length, "series", "series")}.</p>}
    </div>
  );
}

function Cell({ name, value, onFilter }: { name: string; value: string | undefined; onFilter: Props["onFilter"] }) {
  if (value === undefined) return null;
  if (name === "__name__") return <>{value}</>;
  return (
    <span class="cell">
      {value}
      <button type="button" class="plain" aria-label={`Only ${name}="${value}"`} title="Only this" onClick={() => onFilter(name, value, true)}>+</button>
      <button type="button" class="plain" aria-label={`Without ${name}="${value}"`} title="Without this" onClick={() => onFilter(name, value, false)}>−</button>
    </span>
  );
}
