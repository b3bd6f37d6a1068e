/** Addresses that lead out of a dashboard: of its links, of panels and their values, and to explore. Pure. */

import type { DashboardEntry } from "../ask/dashboards";
import { allVariables, interpolate, type Scope } from "./interpolate";
import { text } from "./json";
import type { Dashboard, Panel } from "./model";
import { chooseSource } from "./sources";

/** Only what a click may open: nothing that would run as a script. */
export function safeAddress(url: string): string {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\u0000-\u0020]/g, ""))?.[1]?.toLowerCase();
  return scheme === undefined || scheme === "http" || scheme === "https" || scheme === "mailto" ? url : "#";
}

export const linkAddress = (url: string, scope: Scope): string => safeAddress(interpolate(url, scope, "url"));

/** A link above the dashboard, with the time and the variables where it wants to keep them. */
export function boardLinkAddress(link: { url: string; keepTime: boolean; includeVars: boolean }, scope: Scope, raw: { from: string; to: string }): string {
  const more = [link.keepTime ? `from=${encodeURIComponent(raw.from)}&to=${encodeURIComponent(raw.to)}` : "", link.includeVars ? allVariables(scope) : ""].filter(Boolean).join("&");
  const url = linkAddress(link.url, scope);
  return more === "" ? url : url + (url.includes("?") ? "&" : "?") + more;
}

/** The dashboards that a link of the kind "dashboards" lists: those with all of its tags. */
export const taggedWith = (entries: readonly DashboardEntry[], link: Dashboard["links"][number], here: string): DashboardEntry[] =>
  entries.filter((entry) => entry.uid !== here && link.tags.every((tag) => entry.tags.includes(tag)));

export function exploreAddress(panel: Panel, scope: Scope): string {
  const variables = [...scope.choices.values()].map((one) => one.variable);
  const target = panel.targets.find((one) => !one.hide && text(one.query["expr"]) !== "");
  if (!target) return "";
  const kind = chooseSource(target, panel.datasource, variables).kind;
  if (kind !== "prometheus" && kind !== "logs") return "";
  const step = Math.max(15_000, Math.round((scope.range.to - scope.range.from) / 1000));
  const local = { ...scope, interval_ms: step, rateInterval_ms: Math.max(60_000, step + 15_000) };
  const query = interpolate(text(target.query["expr"]), local, kind === "prometheus" ? "promql" : "logql");
  const values = { source: kind === "prometheus" ? "metrics" : "logs", query, from: String(Math.round(scope.range.from)), to: String(Math.round(scope.range.to)) };
  return `/explore?${new URLSearchParams(values).toString()}`;
}
