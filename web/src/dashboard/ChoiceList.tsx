/** The values of a variable to choose from, with a search; keyboard all the way. */

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../shell/icons";
import type { Variable } from "./model";
import { ALL } from "./variables";

const SHOWN_AT_MOST = 500;

interface ChoiceListProps {
  variable: Variable;
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
  close: () => void;
}

export default function ChoiceList({ variable, values, onChange, close }: ChoiceListProps) {
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
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

