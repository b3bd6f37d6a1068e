/** The choices above a dashboard. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { labelNames, labelValues } from "../ask/metrics";
import { Icon } from "../shell/icons";
import { useCloseOutside } from "../shell/Shell";
import { type Choices, type Chosen, filterText } from "./interpolate";
import type { Filter, Variable } from "./model";
import { ALL } from "./variables";

export interface VariableBarProps {
  choices: Choices;
  problems: ReadonlyMap<string, string>;
  onChange: (name: string, values: readonly string[]) => void;
}

export function VariableBar({ choices, problems, onChange }: VariableBarProps) {
  const shown = [...choices.values()].filter(({ variable }) => variable.hide !== "all");
  if (shown.length === 0) return null;
  return (
    <div class="variables" role="group" aria-label="Variables">
      {shown.map((chosen) => (
        <Control key={chosen.variable.name} chosen={chosen} problem={problems.get(chosen.variable.name)} onChange={(values) => onChange(chosen.variable.name, values)} />
      ))}
    </div>
  );
}

function Control({ chosen, problem, onChange }: { chosen: Chosen; problem?: string; onChange: (values: readonly string[]) => void }) {
  const { variable } = chosen;
  const id = `variable-${variable.name}`;
  return (
    <div class="variable" title={problem ?? variable.description}>
      {variable.hide === "none" && <label for={id}>{variable.label}</label>}
      {variable.type === "textbox" || variable.type === "constant" ? (
        <TextBox id={id} chosen={chosen} onChange={onChange} />
      ) : variable.type === "adhoc" || variable.type === "groupby" ? (
        <AdHoc variable={variable} onChange={onChange} />
      ) : variable.type === "switch" ? (
        <input
          id={id}
          type="checkbox"
          checked={chosen.values[0] === variable.options[0]?.value}
          onChange={(event) => onChange([variable.options[(event.currentTarget as HTMLInputElement).checked ? 0 : 1]!.value])}
        />
      ) : (
        <Choice id={id} chosen={chosen} onChange={onChange} />
      )}
      {problem && (
        <span class="problem" role="img" aria-label={problem}>
          <Icon name="warning" />
        </span>
      )}
    </div>
  );
}

function TextBox({ id, chosen, onChange }: { id: string; chosen: Chosen; onChange: (values: readonly string[]) => void }) {
  const value = chosen.values[0] ?? "";
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const done = () => typed !== value && onChange([typed]);
  return (
    <input
      id={id}
      class="field"
      value={typed}
      spellcheck={false}
      onInput={(event) => setTyped((event.currentTarget as HTMLInputElement).value)}
      onBlur={done}
      onKeyDown={(event) => event.key === "Enter" && done()}
    />
  );
}

const SHOWN_AT_MOST = 500;

function Choice({ id, chosen, onChange }: { id: string; chosen: Chosen; onChange: (values: readonly string[]) => void }) {
  const { variable, values, texts } = chosen;
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useCloseOutside(menu);
  const close = () => {
    if (!menu.current) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
  };
  const label = texts.length === 0 ? "None" : texts.length <= 3 ? texts.join(" + ") : `${texts.slice(0, 2).join(" + ")} + ${texts.length - 2} more`;
  return (
    <details class="menu choice-menu" ref={menu} onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary id={id} class="button" aria-label={`${variable.label}: ${label}`} aria-haspopup="listbox">
        <span>{label}</span>
        <Icon name="down" />
      </summary>
      {open && <ChoiceList variable={variable} values={values} onChange={onChange} close={close} />}
    </details>
  );
}

function ChoiceList({ variable, values, onChange, close }: { variable: Variable; values: readonly string[]; onChange: (values: readonly string[]) => void; close: () => void }) {
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const offered = useMemo(() => {
    const all = variable.includeAll ? [{ text: "All", value: ALL }, ...variable.options.filter((option) => option.value !== ALL)] : variable.options;
    const wanted = search.toLowerCase();
    return all.filter((option) => option.text.toLowerCase().includes(wanted));
  }, [variable, search]);
  const choose = (value: string) => {
    if (!variable.multi) {
      onChange([value]);
      close();
      return;
    }
    if (value === ALL) onChange([ALL]);
    else {
      const rest = values.filter((one) => one !== ALL && one !== value);
      const next = values.includes(value) ? rest : [...rest, value];
      onChange(next.length > 0 ? next : variable.includeAll ? [ALL] : []);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const typed = search.trim();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = Math.max(0, Math.min(offered.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
      setAt(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (offered[at]) choose(offered[at].value);
      else if (typed !== "") choose(typed); // a value that nothing offers
    }
  };
  return (
    <div class="choices">
      <input
        class="field"
        ref={input}
        value={search}
        placeholder={variable.options.length > 0 ? "Search" : "Type a value"}
        role="combobox"
        aria-label={`Search ${variable.label}`}
        aria-expanded="true"
        aria-controls={`options-${variable.name}`}
        aria-activedescendant={offered[at] ? `option-${variable.name}-${at}` : undefined}
        onInput={(event) => {
          setSearch((event.currentTarget as HTMLInputElement).value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id={`options-${variable.name}`} role="listbox" aria-multiselectable={variable.multi} ref={list}>
        {offered.slice(0, SHOWN_AT_MOST).map((option, index) => (
          <li
            key={option.value}
            id={`option-${variable.name}-${index}`}
            role="option"
            aria-selected={values.includes(option.value)}
            class={index === at ? "at" : ""}
            onClick={() => choose(option.value)}
          >
            <span class="tick">{values.includes(option.value) && <Icon name="check" />}</span>
            {option.text}
          </li>
        ))}
      </ul>
      {offered.length > SHOWN_AT_MOST && <p>{offered.length - SHOWN_AT_MOST} more: search to see them</p>}
      {offered.length === 0 && <p>{search ? `Enter takes “${search}”` : "Nothing to choose from"}</p>}
    </div>
  );
}

const OPERATORS: readonly Filter["operator"][] = ["=", "!=", "=~", "!~"];

function AdHoc({ variable, onChange }: { variable: Variable; onChange: (values: readonly string[]) => void }) {
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
