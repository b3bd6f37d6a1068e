/** Ad hoc filters in the languages of the sources. Loaded only where a dashboard filters. */

import { printed, withMatcher } from "../explore/promql-edit";
import type { Filter } from "./model";

export function addFilter(kind: "prometheus" | "logs", expr: string, { label, operator, value }: Filter): string {
  const matcher = { name: label, op: operator, value };
  return kind === "prometheus" ? withMatcher(expr, matcher) : inStreams(expr, printed(matcher));
}

/** Braces outside quotes are stream selectors: LogQL has no others. */
function inStreams(expr: string, matcher: string): string {
  return expr.replace(/"(?:\\.|[^"\\])*"|`[^`]*`|\{((?:"(?:\\.|[^"\\])*"|`[^`]*`|[^}"`])*)\}/gs, (all: string, inside?: string) =>
    inside === undefined ? all : `{${inside.trim() === "" ? "" : `${inside.trim().replace(/,$/, "")}, `}${matcher}}`,
  );
}
