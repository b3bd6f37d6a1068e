/** The variables' worth while a dashboard is shown: at once what is known, then what the sources offer. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { loaded } from "../shell/Later";
import { firstChoices, unsettled, type Wanted } from "./choices";
import type { Choices, Scope } from "./interpolate";
import type { Dashboard } from "./model";
import type { Option, Resolved } from "./resolve";

export interface VariablesNow {
  choices: Choices;
  problems: ReadonlyMap<string, string>;
  /** Names whose worth may still change: queries that use them wait. */
  waiting: ReadonlySet<string>;
  /** Names whose options are not known yet: repeats over them wait. */
  waitingForOptions: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export function useVariables(board: Dashboard, wanted: Wanted, rest: Omit<Scope, "choices" | "fixed">): VariablesNow {
  const cache = useRef(new Map<string, Promise<Option[]>>());
  const wantedText = JSON.stringify([...wanted]);
  const first = useMemo(() => firstChoices(board.variables, wanted), [board, wantedText]);
  const [resolved, setResolved] = useState<{ of: string; value: Resolved } | null>(null);
  const needsAsking = useMemo(() => board.variables.some((variable) => variable.type === "query" || variable.auto), [board]);
  const span = Math.floor(rest.range.to / 60_000);
  const length = Math.round((rest.range.to - rest.range.from) / 60_000);
  useEffect(() => {
    if (!needsAsking) return;
    const stop = new AbortController();
    const asked = loaded(() => import("./resolve")).then(({ resolveVariables }) => resolveVariables(board.variables, wanted, rest, cache.current, stop.signal));
    asked.then(
      (value) => {
        if (!stop.signal.aborted) setResolved((before) => (before && before.of === wantedText && isSame(before.value, value) ? before : { of: wantedText, value }));
      },
      () => {
        // the code did not arrive: panels are drawn with what is known
        if (!stop.signal.aborted) setResolved({ of: wantedText, value: { choices: first, problems: new Map() } });
      },
    );
    return () => stop.abort();
  }, [board, wantedText, needsAsking, span, length]);
  return useMemo(() => {
    if (!needsAsking) return { choices: first, problems: new Map(), waiting: NONE, waitingForOptions: NONE };
    if (resolved?.of === wantedText) return { choices: resolved.value.choices, problems: resolved.value.problems, waiting: NONE, waitingForOptions: NONE };
    // lists of the choice before are better than none while new ones are asked for
    const choices = resolved ? withOptions(first, resolved.value.choices) : first;
    return {
      choices,
      problems: resolved?.value.problems ?? new Map(),
      waiting: unsettled(choices, wanted, false),
      waitingForOptions: resolved ? NONE : unsettled(choices, wanted, true),
    };
  }, [first, resolved, wantedText, needsAsking]);
}

function withOptions(first: Choices, before: Choices): Choices {
  return new Map(
    [...first].map(([name, chosen]) => {
      const options = before.get(name)?.variable.options;
      if (!options || chosen.variable.type !== "query") return [name, chosen];
      const variable = { ...chosen.variable, options };
      return [name, { ...chosen, variable, texts: chosen.values.map((value) => options.find((option) => option.value === value)?.text ?? (value === "$__all" ? "All" : value)) }];
    }),
  );
}

/** A refresh that found the same options must not draw anything anew. */
const isSame = (a: Resolved, b: Resolved): boolean => told(a) === told(b);

const told = ({ choices, problems }: Resolved) => JSON.stringify([[...choices].map(([name, one]) => [name, one.values, one.variable.options, one.variable.filters]), [...problems]]);
