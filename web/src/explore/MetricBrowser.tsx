/** Every metric that there is: its type, help and unit, and the values of its labels. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { labelNames, labelValues, type MetricMetadata } from "../ask/metrics";
import { Dialog } from "../people/Dialog";
import { reasonOf } from "../status/usePolled";
import { sentence } from "../status/words";
import { printed } from "./promql-edit";

const SHOWN = 300;

interface Props {
  metadata: Readonly<Record<string, MetricMetadata[]>>;
  onTake: (expr: string) => void;
  onClose: () => void;
}

export function MetricBrowser({ metadata, onTake, onClose }: Props) {
  const [names, setNames] = useState<readonly string[]>([]);
  const [failure, setFailure] = useState("");
  const [wanted, setWanted] = useState("");
  const [chosen, setChosen] = useState("");
  useEffect(() => void labelValues("__name__").then(setNames, (error: unknown) => setFailure(reasonOf(error))), []);
  const shown = useMemo(() => {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (name: string) => `${name} ${aboutOf(metadata, name)?.help ?? ""}`.toLowerCase();
    return names.filter((name) => words.every((word) => text(name).includes(word)));
  }, [names, wanted, metadata]);
  return (
    <Dialog title="Browse metrics" onClose={onClose}>
      <label class="labelled"><span>Search names and help</span><input class="field" type="search" autofocus value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} /></label>
      {failure && <p class="bad" role="alert">{sentence(failure)}</p>}
      <p class="faint" role="status">{shown.length} of {names.length} metrics{shown.length > SHOWN && `, the first ${SHOWN} shown`}</p>
      <ul class="metrics">
        {shown.slice(0, SHOWN).map((name) => (
          <li key={name}>
            <button type="button" class="metric" aria-expanded={chosen === name} onClick={() => setChosen(chosen === name ? "" : name)}>
              <b>{name}</b><Kind about={aboutOf(metadata, name)} /><small>{aboutOf(metadata, name)?.help}</small>
            </button>
            {chosen === name && <Labels metric={name} onTake={onTake} />}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** A histogram's and a summary's series have the family's metadata. */
function aboutOf(metadata: Props["metadata"], name: string): MetricMetadata | undefined {
  return (metadata[name] ?? metadata[name.replace(/_(?:bucket|count|sum|total)$/, "")])?.[0];
}

const Kind = ({ about }: { about: MetricMetadata | undefined }) => (about ? <span class="tag">{about.type}{about.unit && ` · ${about.unit}`}</span> : null);

function Labels({ metric, onTake }: { metric: string; onTake: (expr: string) => void }) {
  const [names, setNames] = useState<readonly string[] | null>(null);
  const [label, setLabel] = useState("");
  const [values, setValues] = useState<readonly string[]>([]);
  const [picked, setPicked] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => void labelNames([metric]).then((all) => setNames(all.filter((name) => name !== "__name__")), () => setNames([])), [metric]);
  useEffect(() => {
    setValues([]);
    if (label !== "") void labelValues(label, [metric]).then(setValues, () => undefined);
  }, [label, metric]);
  const pairs = Object.entries(picked).map(([name, value]) => printed({ name, op: "=", value }));
  const expr = pairs.length > 0 ? `${metric}{${pairs.join(", ")}}` : metric;
  const pick = (value: string) => {
    const { [label]: before, ...rest } = picked;
    setPicked(before === value ? rest : { ...rest, [label]: value });
  };
  return (
    <div class="labels">
      <div class="chips" role="group" aria-label="Labels">
        {(names ?? []).map((name) => <button key={name} type="button" class="button" aria-pressed={label === name} onClick={() => setLabel(label === name ? "" : name)}>{name}</button>)}
        {names?.length === 0 && <span class="faint">no labels</span>}
      </div>
      {label !== "" && (
        <div class="chips values" role="group" aria-label={`Values of ${label}`}>
          {values.slice(0, SHOWN).map((value) => <button key={value} type="button" class="button" aria-pressed={picked[label] === value} onClick={() => pick(value)}>{value || "(empty)"}</button>)}
          {values.length > SHOWN && <span class="faint">and {values.length - SHOWN} more</span>}
        </div>
      )}
      <button type="button" class="button primary" onClick={() => onTake(expr)}>Use {expr}</button>
    </div>
  );
}
