/** The choices above a dashboard. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../shell/icons";
import { Later } from "../shell/Later";
import { useCloseOutside } from "../shell/Shell";
import type { Choices, Chosen } from "./interpolate";

export interface VariableBarProps {
  choices: Choices;
  problems: ReadonlyMap<string, string>;
  onChange: (name: string, values: readonly string[]) => void;
}

export default function VariableBar({ choices, problems, onChange }: VariableBarProps) {
  const shown = [...choices.values()].filter(({ variable }) => variable.hide !== "all");
  return (
    <>
      {shown.map((chosen) => (
        <Control key={chosen.variable.name} chosen={chosen} problem={problems.get(chosen.variable.name)} onChange={(values) => onChange(chosen.variable.name, values)} />
      ))}
    </>
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
        <Later load={() => import("./AdHoc")} props={{ variable, onChange }} />
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
      {open && <Later load={() => import("./ChoiceList")} props={{ variable, values, onChange, close }} />}
    </details>
  );
}
