/** What variables are worth before any source is asked. Pure. */

import { type Choices, type Chosen, filterOfText } from "./interpolate";
import type { Variable } from "./model";
import { ALL } from "./variables";

/** What the address asks for, by variable. */
export type Wanted = ReadonlyMap<string, readonly string[]>;

/** What is known without asking anybody: enough to draw whatever does not depend on options. */
export function firstChoices(variables: readonly Variable[], wanted: Wanted): Choices {
  return new Map(variables.map((variable) => [variable.name, chosen(variable, wanted.get(variable.name))]));
}

function chosen(variable: Variable, wanted: readonly string[] | undefined): Chosen {
  if (variable.type === "adhoc" && wanted) {
    const filters = wanted.map(filterOfText).filter((one) => one !== null);
    return { variable: { ...variable, filters }, values: [], texts: [] };
  }
  const given = wanted?.map((value) => (value === "All" && variable.includeAll ? ALL : value)) ?? variable.current;
  const values = variable.multi || given.length <= 1 ? given : given.slice(0, 1);
  return { variable, values, texts: textsOf(variable, values) };
}

export const textsOf = (variable: Variable, values: readonly string[]) =>
  values.map((value) => (value === ALL ? "All" : (variable.options.find((option) => option.value === value)?.text ?? value)));

/** Variables whose worth can still change when their options are known. `forRepeat`: a repeat over "All" needs the options. */
export function unsettled(choices: Choices, wanted: Wanted, forRepeat: boolean): Set<string> {
  const open = new Set<string>();
  for (const [name, { variable, values }] of choices) {
    if (variable.type !== "query") continue;
    const isAll = values.length > 0 && values.includes(ALL);
    if (isAll ? forRepeat || variable.allValue === "" : !wanted.has(name)) open.add(name);
  }
  return open;
}
