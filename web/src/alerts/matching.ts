/** Which alerts a silence would match, before it exists; and matchers as people type them. Pure. */

import type { ActiveAlert, Matcher, Silence } from "../ask/alertmanager";
import { quoted } from "../explore/quoting";
import type { Labels } from "../frame/frame";

export type Operator = "=" | "!=" | "=~" | "!~";
export const OPERATORS: readonly Operator[] = ["=", "!=", "=~", "!~"];

export const operatorOf = ({ isEqual, isRegex }: Pick<Matcher, "isEqual" | "isRegex">): Operator =>
  isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=";

export const withOperator = (matcher: Matcher, operator: Operator): Matcher => ({
  ...matcher, isRegex: operator === "=~" || operator === "!~", isEqual: operator === "=" || operator === "=~",
});

export const printedMatcher = (matcher: Matcher): string => `${matcher.name}${operatorOf(matcher)}${quoted(matcher.value)}`;

/**
 * Alertmanager's expressions are RE2; this browser's are not. `(?i)`, `(?s)` and the like at the beginning are translated;
 * null: what is left is not an expression here.
 */
export function anchored(pattern: string): RegExp | null {
  const [, flags = "", rest = pattern] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(pattern) ?? [];
  try {
    return new RegExp(`^(?:${rest.replace(/\(\?P</g, "(?<")})$`, `${flags}u`);
  } catch {
    return null;
  }
}

/** A label that is not there counts as empty, as in Alertmanager. */
export function matches(labels: Labels, matcher: Matcher): boolean {
  const value = labels[matcher.name] ?? "";
  const isMet = matcher.isRegex ? (anchored(matcher.value)?.test(value) ?? false) : value === matcher.value;
  return isMet === matcher.isEqual;
}

export const matchingAlerts = (alerts: readonly ActiveAlert[], matchers: readonly Matcher[]): ActiveAlert[] =>
  alerts.filter(({ labels }) => matchers.every((matcher) => matches(labels, matcher)));

/** Why Alertmanager would not take these matchers; empty: it would. */
export function mistakeIn(matchers: readonly Matcher[]): string {
  if (matchers.length === 0) return "A silence needs at least one matcher.";
  const nameless = matchers.find(({ name }) => name.trim() === "");
  if (nameless) return "Each matcher needs the name of a label.";
  const broken = matchers.find((matcher) => matcher.isRegex && anchored(matcher.value) === null);
  if (broken) return `${printedMatcher(broken)} is not a valid regular expression.`;
  const isMetByNothing = matchers.every((matcher) => matches({}, matcher));
  return isMetByNothing ? "At least one matcher must ask for something: these also match an alert without any label." : "";
}

/** For "silence this": exactly the alerts with these labels. */
export const matchersOf = (labels: Labels): Matcher[] =>
  Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));

const TYPED = /^\s*([A-Za-z_][\w.:-]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",}]*))\s*(?:,|$)/;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** `alertname="Down", job=~"a|b"`, with or without braces and quotes; null: something in it cannot be read. */
export function readMatchers(text: string): Matcher[] | null {
  const found: Matcher[] = [];
  let rest = text.trim().replace(/^\{([\s\S]*)\}$/, "$1").trim();
  while (rest !== "") {
    const [all, name = "", operator = "=", inQuotes, plain = ""] = TYPED.exec(rest) ?? [];
    if (all === undefined) return null;
    const value = inQuotes === undefined ? plain.trim() : inQuotes.replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c);
    found.push(withOperator({ name, value, isRegex: false, isEqual: true }, operator as Operator));
    rest = rest.slice(all.length).trim();
  }
  return found;
}

/** From "silence this" elsewhere: labels as JSON of our own pages, matchers as text of notifications; nothing where it is neither. */
export function askedMatchers(text: string): Matcher[] {
  try {
    const labels = JSON.parse(text) as Record<string, unknown>;
    return matchersOf(Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)])));
  } catch {
    return readMatchers(text) ?? [];
  }
}

const UNITS_S: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86400, w: 604800 };

/** "2h", "1d 12h", "90m" as seconds; null: no duration, or nothing at all. */
export function readDuration(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+)\s*([mhdw])\s*/g)];
  const isAll = parts.map(([part]) => part).join("") === text.trim();
  const seconds = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_S[unit ?? ""] ?? 0), 0);
  return isAll && seconds > 0 ? seconds : null;
}

/** The labels that are the same in all of these alerts: what a silence for them can name. */
export function sharedLabels(alerts: readonly { labels: Labels }[]): Record<string, string> {
  const [first, ...others] = alerts;
  return Object.fromEntries(Object.entries(first?.labels ?? {}).filter(([name, value]) => others.every(({ labels }) => labels[name] === value)));
}

const STATE_ORDER = { active: 0, pending: 1, expired: 2 } as const;

/** Active ones first, those that end soonest first; expired ones last, the latest first. */
export function sortedSilences(silences: readonly Silence[]): Silence[] {
  const state = (one: Silence) => one.status?.state ?? "expired";
  return [...silences].sort((a, b) => {
    const byState = STATE_ORDER[state(a)] - STATE_ORDER[state(b)];
    if (byState !== 0) return byState;
    const byEnd = Date.parse(a.endsAt) - Date.parse(b.endsAt);
    return state(a) === "expired" ? -byEnd : byEnd;
  });
}
