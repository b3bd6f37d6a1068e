/** Every rule that Prometheus evaluates: what fires, what is about to, and what each of them asks. */

import { useState } from "preact/hooks";
import { ruleGroups, type Rule, type RuleAlert } from "../ask/metrics";
import { navigate, setQuery } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { Chips, Dot, Notice, severityLevel } from "../status/marks";
import type { Level } from "../status/overview";
import { usePolled } from "../status/usePolled";
import { ago, count, duration, moment, number, sentence, when } from "../status/words";
import { AlertTabs, LEADING, Leads, silenceLink } from "./AlertTabs";
import { RuleGraph } from "./RuleGraph";
import { countsByState, shownGroups, stateOf, STATES, summaryOf, type ShownGroup, type State } from "./rules";
import "../status/marks.css";
import "./alerts.css";

const EVERY_MS = 10_000;

export default function RulesPage({ query }: PageProps) {
  const { data, failure } = usePolled(({ signal }) => ruleGroups(signal), EVERY_MS, "rules");
  const text = query.get("search") ?? "";
  const states = new Set(query.getAll("state").filter((state): state is State => (STATES as readonly string[]).includes(state)));
  const groups = data === null ? [] : shownGroups(data, text, states);
  const counts = countsByState(data ?? []);
  const toggle = (state: State) => setQuery({ state: [...STATES].filter((one) => states.has(one) !== (one === state)) }, { replace: true });
  return (
    <div class="page alerts">
      <AlertTabs path="/alerts" />
      <h1 class="unseen">Alert rules</h1>
      <div class="filters">
        <label class="seek"><span class="unseen">Search rules</span><input class="field" type="search" placeholder="Search by name, label, expression" value={text} onInput={(event) => setQuery({ search: event.currentTarget.value || null }, { replace: true })} /></label>
        <div class="states" role="group" aria-label="State">
          {STATES.map((state) => (
            <button key={state} type="button" class="button" aria-pressed={states.has(state)} onClick={() => toggle(state)}>
              <Dot level={STATE_LEVEL[state]} />{state} <b>{counts[state]}</b>
            </button>
          ))}
        </div>
      </div>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {groups.map((group) => <Group key={`${group.file} ${group.name}`} group={group} opened={query.get("rule")} />)}
      {data && groups.length === 0 && <p class="message">{data.length === 0 ? "Prometheus has no rules." : "No rule is like that."}</p>}
    </div>
  );
}

const STATE_LEVEL: Readonly<Record<State, Level | "">> = { firing: "critical", pending: "warning", inactive: "ok", broken: "warning", recording: "" };

function Group({ group, opened }: { group: ShownGroup; opened: string | null }) {
  return (
    <section class="card group" aria-label={`Group ${group.name}`}>
      <header><h2>{group.name}</h2><span class="faint">{count(group.rules.length, "rule")} · every {duration(group.interval)}</span></header>
      {group.rules.map((rule, index) => <RuleRow key={`${rule.name} ${index}`} rule={rule} isOpened={opened === rule.name} />)}
    </section>
  );
}

function RuleRow({ rule, isOpened }: { rule: Rule; isOpened: boolean }) {
  const [isOpen, setOpen] = useState(isOpened);
  const state = stateOf(rule);
  const severity = rule.labels?.["severity"] ?? "";
  const level = state === "firing" && rule.name === "Watchdog" ? "ok" : state === "firing" ? severityLevel(severity) : STATE_LEVEL[state];
  return (
    <details class="rule" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Dot level={level} />
        <b>{rule.name}</b>
        {severity && <span class={`tag ${state === "firing" ? severityLevel(severity) : ""}`}>{severity}</span>}
        <span class="text">{summaryOf(rule)}</span>
        <span class="rest">{state}{(rule.alerts?.length ?? 0) > 0 && ` · ${rule.alerts?.length}`}</span>
      </summary>
      {isOpen && <RuleDetails rule={rule} />}
    </details>
  );
}

function RuleDetails({ rule }: { rule: Rule }) {
  const evaluated = when(rule.lastEvaluation);
  return (
    <div class="details">
      {rule.lastError && <Notice level="critical">{sentence(rule.lastError)}</Notice>}
      <pre class="query" tabIndex={0}>{rule.query}</pre>
      <div class="acts">
        <Leads annotations={rule.annotations ?? {}} />
        <button type="button" class="button" onClick={() => navigate(`/explore?${new URLSearchParams({ source: "metrics", q: rule.query })}`)}>Explore</button>
        {rule.type === "alerting" && <a class="button" href={silenceLink({ alertname: rule.name })}>Silence all of it</a>}
        <span class="faint">
          {rule.duration ? `fires after ${duration(rule.duration)} · ` : ""}{rule.keepFiringFor ? `keeps firing for ${duration(rule.keepFiringFor)} · ` : ""}
          {evaluated !== null && `evaluated ${ago(evaluated)} in ${number(rule.evaluationTime * 1000)} ms`}
        </span>
      </div>
      <RuleGraph rule={rule} />
      {Object.keys(rule.labels ?? {}).length > 0 && <Chips labels={rule.labels ?? {}} />}
      <Annotations annotations={rule.annotations ?? {}} />
      {(rule.alerts ?? []).map((alert) => <ActiveAlert key={JSON.stringify(alert.labels)} alert={alert} />)}
    </div>
  );
}

const Annotations = ({ annotations }: { annotations: Readonly<Record<string, string>> }) => (
  <dl class="annotations">
    {Object.entries(annotations).filter(([name]) => !LEADING.includes(name)).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
  </dl>
);

function ActiveAlert({ alert }: { alert: RuleAlert }) {
  const since = when(alert.activeAt);
  return (
    <div class="active">
      <div>
        <span class={`tag ${alert.state === "firing" ? severityLevel(alert.labels["severity"] ?? "") : ""}`}>{alert.state}</span>{" "}
        {since !== null && <span class="faint" title={moment(since)}>for {duration((Date.now() - since) / 1000)}</span>}{" "}
        <span class="faint">value {number(Number(alert.value))}</span>
      </div>
      <Chips labels={alert.labels} without={["alertname", "severity"]} />
      <Annotations annotations={alert.annotations} />
      <a class="button" href={silenceLink(alert.labels)}>Silence this</a>
    </div>
  );
}
