/** What the rules say now, asked from Prometheus: alerts of the states that the dashboard wants. */

import { useEffect, useState } from "preact/hooks";

import { ruleGroups, type Rule, type RuleAlert, type RuleGroup } from "../ask/metrics";
import { distance } from "../format/times";
import type { Labels } from "../frame/frame";
import { safeUrl } from "../format/links";
import type { PanelProps } from "./panel";

interface Entry {
  name: string;
  state: "firing" | "pending" | "inactive";
  since: number | null;
  labels: Labels;
  summary: string;
  runbook: string | undefined;
}

function entryOf(rule: Rule, alert: RuleAlert): Entry {
  const { alertname: _, ...labels } = alert.labels;
  const notes = { ...rule.annotations, ...alert.annotations };
  const since = alert.activeAt ? Date.parse(alert.activeAt) : NaN;
  return { name: rule.name, state: alert.state, since: Number.isNaN(since) ? null : since, labels, summary: notes.summary ?? notes.description ?? "", runbook: notes.runbook_url ? safeUrl(notes.runbook_url) : undefined };
}

/** {a="b", c=~"d"}, or a=b: every condition must hold. */
export function labelFilter(text: string): (labels: Labels) => boolean {
  const tests = [...text.matchAll(/([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"([^"]*)"|([^,}\s]+))/g)].map(([, name, operator, quoted, bare]) => {
    const wanted = quoted ?? bare ?? "";
    let expression: RegExp | null = null;
    try {
      expression = new RegExp(`^(?:${wanted})$`);
    } catch {
      return () => false;
    }
    return (labels: Labels): boolean => {
      const value = labels[name!] ?? "";
      if (operator === "=" || operator === "!=") return (value === wanted) === (operator === "=");
      return expression!.test(value) === (operator === "=~");
    };
  });
  return (labels) => tests.every((test) => test(labels));
}

/** Firing first, then by the order that the dashboard wants. */
export function alertEntries(groups: readonly RuleGroup[], options: Readonly<Record<string, any>>): Entry[] {
  const wanted = { firing: true, pending: true, inactive: false, normal: false, ...options.stateFilter } as Readonly<Record<string, boolean>>;
  const matches = labelFilter(String(options.alertInstanceLabelFilter ?? ""));
  const part = String(options.alertName ?? "").toLowerCase();
  const rules = groups.flatMap((group) => group.rules).filter((rule) => rule.type === "alerting" && rule.name.toLowerCase().includes(part));
  const active = rules.flatMap((rule) => (rule.alerts ?? []).map((alert) => entryOf(rule, alert))).filter((entry) => wanted[entry.state]);
  const quiet = wanted.inactive || wanted.normal ? rules.filter((rule) => !rule.alerts?.length).map((rule): Entry => ({ name: rule.name, state: "inactive", since: null, labels: rule.labels ?? {}, summary: "", runbook: undefined })) : [];
  const importance = { firing: 0, pending: 1, inactive: 2 };
  const by = Number(options.sortOrder ?? 3);
  const order = (a: Entry, b: Entry): number => {
    if (by === 1) return a.name.localeCompare(b.name);
    if (by === 2) return b.name.localeCompare(a.name);
    if (by === 4 || by === 5) return ((a.since ?? 0) - (b.since ?? 0)) * (by === 4 ? 1 : -1);
    return importance[a.state] - importance[b.state] || a.name.localeCompare(b.name);
  };
  return [...active, ...quiet].filter((entry) => matches({ ...entry.labels, alertname: entry.name })).sort(order);
}

export default function AlertList({ panel, frames, range, width, height, interpolate }: PanelProps) {
  const options = panel.options as Readonly<Record<string, any>>;
  const [groups, setGroups] = useState<readonly RuleGroup[] | string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    ruleGroups(stop.signal).then(setGroups, (error: unknown) => !stop.signal.aborted && setGroups(error instanceof Error ? error.message : String(error)));
    return () => stop.abort();
    // A refresh moves the range: ask again then.
  }, [frames, range.to]);
  const size = { width: `${width}px`, height: `${height}px` };
  if (groups === null || typeof groups === "string") return <div class="wk-empty" style={size}>{groups ?? "Loading…"}</div>;
  const resolved = { ...options, alertName: interpolate(String(options.alertName ?? "")), alertInstanceLabelFilter: interpolate(String(options.alertInstanceLabelFilter ?? "")) };
  const entries = alertEntries(groups, resolved).slice(0, Number(options.maxItems) || 100);
  if (options.viewMode === "stat") return <div class="wk-empty" style={{ ...size, fontSize: `${Math.min(height * 0.6, 72)}px` }} aria-label={`${entries.length} alerts`}>{entries.length}</div>;
  if (!entries.length) return <div class="wk-empty" style={size}>No alerts</div>;
  return (
    <ul class="wk-list" tabIndex={0} style={size} aria-label={`${entries.length} alerts`}>
      {entries.map((entry, index) => (
        <li key={index} class={`wk-alert wk-alert-${entry.state}`}>
          <span class="wk-alert-state">{entry.state}</span>
          <div>
            <div class="wk-list-title">{entry.runbook ? <a href={entry.runbook} rel="noopener noreferrer">{entry.name}</a> : entry.name}{entry.since !== null && <small> {distance(entry.since, Date.now())}</small>}</div>
            {entry.summary && <div>{entry.summary}</div>}
            <div class="wk-list-soft">{Object.entries(entry.labels).map(([name, value]) => `${name}=${value}`).join(" ")}</div>
          </div>
        </li>
      ))}
    </ul>
  );
}
