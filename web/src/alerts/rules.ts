/** Alerting rules as a list that can be searched, filtered and grouped. Pure. */

import type { Rule, RuleGroup } from "../ask/metrics";

export type State = "firing" | "pending" | "inactive" | "broken" | "recording";
export const STATES: readonly State[] = ["firing", "pending", "inactive", "broken", "recording"];

/** A rule that cannot be evaluated is neither firing nor quiet. */
export function stateOf(rule: Rule): State {
  if (rule.health === "err") return "broken";
  if (rule.type === "recording") return "recording";
  return rule.state ?? "inactive";
}

export interface ShownGroup {
  name: string;
  file: string;
  interval: number;
  rules: readonly Rule[];
}

const matchesText = (rule: Rule, group: RuleGroup, wanted: string): boolean => {
  const texts = [rule.name, rule.query, group.name, ...Object.entries(rule.labels ?? {}).map(([name, value]) => `${name}=${value}`), ...Object.values(rule.annotations ?? {})];
  return wanted.split(/\s+/).every((word) => texts.some((text) => text.toLowerCase().includes(word)));
};

/** Every word of `text` must occur somewhere in a rule. Groups with something firing come first; `states` empty: all but recording rules. */
export function shownGroups(groups: readonly RuleGroup[], text: string, states: ReadonlySet<State>): ShownGroup[] {
  const wanted = text.trim().toLowerCase();
  const isWanted = (rule: Rule) => (states.size === 0 ? stateOf(rule) !== "recording" : states.has(stateOf(rule)));
  const rank = (rule: Rule) => STATES.indexOf(stateOf(rule));
  return groups
    .map((group) => ({
      name: group.name, file: group.file, interval: group.interval,
      rules: group.rules.filter((rule) => isWanted(rule) && (wanted === "" || matchesText(rule, group, wanted))).sort((a, b) => rank(a) - rank(b)),
    }))
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => Math.min(...a.rules.map(urgencyOf)) - Math.min(...b.rules.map(urgencyOf)));
}

const URGENCY: Readonly<Record<State, number>> = { broken: 0, firing: 1, pending: 2, inactive: 3, recording: 4 };
const urgencyOf = (rule: Rule): number => (rule.name === "Watchdog" ? URGENCY.inactive : URGENCY[stateOf(rule)]);

export function countsByState(groups: readonly RuleGroup[]): Record<State, number> {
  const counts: Record<State, number> = { firing: 0, pending: 0, inactive: 0, broken: 0, recording: 0 };
  for (const rule of groups.flatMap(({ rules }) => rules)) counts[stateOf(rule)] += 1;
  return counts;
}

/** What a rule says of itself: filled in by what fires, else with the places of its template named. */
export function summaryOf(rule: Rule): string {
  const told = rule.alerts?.[0]?.annotations ?? rule.annotations ?? {};
  return (told["summary"] ?? told["description"] ?? "").replace(/\{\{-?\s*(?:\$labels\.(\w+)|\$(value)\b)[^}]*\}\}/g, (_, label?: string) => `‹${label ?? "value"}›`);
}

const COMPARISON = /^(.*\S)\s*(>=|<=|>|<)\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*$/s;

/** An expression that compares with a number, as what it compares: a graph of that says more than one of what is over it. */
export function splitComparison(query: string): { expr: string; operator: string; bound: number } | null {
  const [, expr, operator, bound] = COMPARISON.exec(query.trim()) ?? [];
  if (expr === undefined || operator === undefined || !isWhole(expr)) return null;
  return { expr, operator, bound: Number(bound) };
}

/** Whether no parenthesis is left open, and no weaker operator binds only a part of the text to the comparison. */
function isWhole(expr: string): boolean {
  let depth = 0;
  let outside = "";
  for (const char of expr.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')) {
    if ("([{".includes(char)) depth += 1;
    if (depth === 0) outside += char;
    if (")]}".includes(char)) depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0 && !/\b(?:and|or|unless|bool)\b|[<>]|[!=]=/.test(outside);
}
