/** Conditions that people add to every query of a source. */

import { useState } from "preact/hooks";
import { labelNames, labelValues } from "../ask/metrics";
import { filterText } from "./interpolate";
import type { Filter, Variable } from "./model";

export interface AdHocProps {
  variable: Variable;
  onChange: (values: readonly string[]) => void;
}

const OPERATORS: readonly Filter["operator"][] = ["=", "!=", "=~", "!~"];

export default function AdHoc({ variable, onChange }: AdHocProps) {
  const filters = variable.filters ?? [];
  const [names, setNames] = useState<readonly string[]>([]);
  const [values, setValues] = useState<Readonly<Record<string, readonly string[]>>>({});
  const [draft, setDraft] = useState<Filter | null>(null);
  const set = (next: readonly Filter[]) => onChange(next.map(filterText));
  const begin = () => {
    setDraft({ label: "", operator: "=", value: "" });
    void labelNames().then(setNames, () => undefined);
  };
  const label = (name: string) => {
    setDraft((before) => before && { ...before, label: name });
    if (name !== "" && names.includes(name)) void labelValues(name).then((found) => setValues((before) => ({ ...before, [name]: found })), () => undefined);
  };
  const add = (event: Event) => {
    event.preventDefault();
    if (!draft || draft.label.trim() === "") return;
    set([...filters, { ...draft, label: draft.label.trim() }]);
    setDraft(null);
  };
  const lists = { names: `names-${variable.name}`, values: `values-${variable.name}` };
  return (
    <div class="adhoc">
      {filters.map((filter, index) => (
        <span class="chip" key={`${index} ${filterText(filter)}`}>
          {filter.label} {filter.operator} {filter.value}
          <button type="button" class="plain" aria-label={`Remove the filter ${filter.label} ${filter.operator} ${filter.value}`} onClick={() => set(filters.filter((_, at) => at !== index))}>
            ×
          </button>
        </span>
      ))}
      {draft ? (
        <form onSubmit={add}>
          <input class="field" list={lists.names} aria-label="Label" placeholder="label" value={draft.label} onInput={(event) => label((event.currentTarget as HTMLInputElement).value)} />
          <datalist id={lists.names}>
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <select class="button" aria-label="Operator" value={draft.operator} onChange={(event) => setDraft({ ...draft, operator: (event.currentTarget as HTMLSelectElement).value as "=" })}>
            {OPERATORS.map((operator) => (
              <option key={operator}>{operator}</option>
            ))}
          </select>
          <input class="field" list={lists.values} aria-label="Value" placeholder="value" value={draft.value} onInput={(event) => setDraft({ ...draft, value: (event.currentTarget as HTMLInputElement).value })} />
          <datalist id={lists.values}>
            {(values[draft.label] ?? []).map((value) => (
              <option key={value} value={value} />
            ))}
          </datalist>
          <button type="submit" class="button">
            Add
          </button>
        </form>
      ) : (
        <button type="button" class="button" onClick={begin}>
          Add a filter
        </button>
      )}
    </div>
  );
}
