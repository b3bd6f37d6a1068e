/** What each part of the status page shows for its data. */

import { sourceOf } from "../explore/log-lines";
import { Chips, Dot, Gauge, severityLevel, Sign } from "./marks";
import type { Alert, Component, ErrorLine, Level, Overview, Target } from "./overview";
import { ago, bytes, count, cpu, duration, moment, time, when } from "./words";

export const Quiet = ({ children, isWell = false }: { children: preact.ComponentChildren; isWell?: boolean }) => (
  <p class={isWell ? "quiet with-sign" : "quiet"}>{isWell && <Sign level="ok" />}<span>{children}</span></p>
);

const agoOf = (text: string, never = "never") => {
  const at = when(text);
  return at === null ? never : ago(at);
};

// Alerts

const alertLevel = (alert: Alert): Level | "" => (alert.is_watchdog ? "ok" : alert.state === "pending" ? "" : severityLevel(alert.severity));

function AlertRow({ alert }: { alert: Alert }) {
  const level = alertLevel(alert);
  const since = when(alert.since);
  return (
    <li class="alert">
      <Dot level={level} />
      <h3>
        {alert.name}
        {alert.severity && !alert.is_watchdog && <span class={`tag ${alert.state === "firing" ? level : ""}`}>{alert.severity}</span>}
        {alert.state === "pending" && <span class="tag">pending</span>}
        {alert.muted && <span class="tag">{alert.muted}</span>}
      </h3>
      <span class="since" title={since === null ? undefined : moment(since)}>{since === null ? "" : `for ${duration((Date.now() - since) / 1000)}`}</span>
      {(alert.summary || alert.description) && <p>{alert.summary || alert.description}</p>}
      <div class="about">
        <Chips labels={alert.labels} />
        {alert.receivers.map((receiver) => <span key={receiver} class="chip">→ <b>{receiver}</b></span>)}
      </div>
    </li>
  );
}

export function alertsSum(data: NonNullable<Overview["alerts"]["data"]>): string {
  const heard = data.shown.some((alert) => alert.is_watchdog);
  if (data.shown.every((alert) => alert.is_watchdog)) return "";
  return [`${data.firing} firing`, data.pending > 0 && `${data.pending} pending`, heard && "watchdog heard"].filter(Boolean).join(" · ");
}

export function Alerts({ data }: { data: NonNullable<Overview["alerts"]["data"]> }) {
  const troubles = data.shown.filter((alert) => !alert.is_watchdog);
  const isHeard = troubles.length < data.shown.length;
  if (troubles.length === 0) return <Quiet isWell>{isHeard ? "Nothing fires, and the watchdog is heard, so alerting works." : "Nothing fires."}</Quiet>;
  return <ul>{troubles.map((alert) => <AlertRow key={`${alert.name} ${JSON.stringify(alert.labels)}`} alert={alert} />)}</ul>;
}

// Components

const HEALTH: Readonly<Record<Component["health"], readonly [Level | "", string]>> = {
  healthy: ["ok", "Healthy"],
  unhealthy: ["critical", "Not healthy"],
  starting: ["warning", "Starting"],
  stopped: ["critical", "Stopped"],
  unknown: ["", "Not known"],
};

function Memory({ memory_bytes: used, memory_budget_bytes: budget }: Component) {
  if (used === null) return <span class="faint">–</span>;
  if (budget === null) return <span>{bytes(used)}</span>;
  const ratio = used / budget;
  return (
    <span class="memory">
      <Gauge ratio={ratio} level={ratio >= 0.95 ? "critical" : ratio >= 0.8 ? "warning" : ""} />
      <span>{bytes(used)}<small> of {bytes(budget)}</small></span>
    </span>
  );
}

function ComponentRow({ component }: { component: Component }) {
  const [level, word] = HEALTH[component.health] ?? HEALTH.unknown;
  return (
    <tr>
      <th scope="row" class="named"><span><Dot level={level} />{component.name}</span></th>
      <td class={level === "critical" ? "bad" : undefined}>{word}{component.detail && <span class="faint"> · {component.detail}</span>}</td>
      <td data-label="up">{duration(component.uptime_s)}</td>
      <td data-label="restarts" class={component.restarts ? undefined : "faint"} title={component.last_restart_reason || undefined}>{component.restarts ?? "–"}</td>
      <td data-label="CPU">{cpu(component.cpu_cores)}</td>
      <td class="uses"><Memory {...component} /></td>
    </tr>
  );
}

const urgency = ({ health }: Component) => (health === "unhealthy" || health === "stopped" ? 0 : health === "starting" ? 1 : 2);

export const componentsSum = ({ shown }: { shown: Component[] }): string => {
  const well = shown.filter(({ health }) => health === "healthy").length;
  return shown.length === 0 ? "" : well === shown.length ? `all ${well} healthy` : `${well} of ${shown.length} healthy`;
};

export function Components({ data: { shown } }: { data: { shown: Component[] } }) {
  if (shown.length === 0) return <Quiet>No component is described or seen in the metrics.</Quiet>;
  const titles = ["Name", "Health", "Up for", "Restarts", "CPU", "Memory against budget"];
  return (
    <table aria-labelledby="components-title">
      <thead><tr>{titles.map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
      {/* Sorting keeps the order of equals: what is not well comes first, all else stays where it was. */}
      <tbody>{[...shown].sort((a, b) => urgency(a) - urgency(b)).map((component) => <ComponentRow key={component.name} component={component} />)}</tbody>
    </table>
  );
}

// Targets

type TargetsData = NonNullable<Overview["targets"]["data"]>;
const TARGET_LEVEL: Readonly<Record<Target["health"], Level | "">> = { up: "ok", down: "critical", unknown: "" };

function TargetRow({ target }: { target: Target }) {
  return (
    <li>
      <Dot level={TARGET_LEVEL[target.health]} />
      <span class="where" title={target.url}>{target.instance || target.url}<span class="unseen"> ({target.health})</span></span>
      <span class="when" title={`took ${Math.round(target.took_s * 1000)} ms`}>{agoOf(target.scraped_at, "not yet scraped")}</span>
      {target.error && <p class="bad">{target.error}</p>}
    </li>
  );
}

function Job({ name, targets }: { name: string; targets: readonly Target[] }) {
  const up = targets.filter(({ health }) => health === "up").length;
  const down = targets.filter(({ health }) => health === "down").length;
  const latest = Math.max(...targets.map(({ scraped_at }) => when(scraped_at) ?? 0));
  return (
    <details class="job" open={down > 0}>
      <summary>
        <Dot level={down > 0 ? "critical" : up === targets.length ? "ok" : ""} /><b>{name}</b>
        <span class="rest">{up === targets.length ? "" : `${up} of `}{count(targets.length, "target")}{latest > 0 && ` · ${ago(latest)}`}</span>
      </summary>
      <ul class="targets">{targets.map((target) => <TargetRow key={`${target.instance} ${target.url}`} target={target} />)}</ul>
    </details>
  );
}

export function targetsSum({ up, down, unknown }: TargetsData): string {
  if (up + down + unknown === 0) return "none";
  if (down + unknown === 0) return `all ${up} up`;
  return [`${up} up`, down > 0 && `${down} down`, unknown > 0 && `${unknown} not yet scraped`].filter(Boolean).join(" · ");
}

export function Targets({ data }: { data: TargetsData }) {
  const all = data.up + data.down + data.unknown;
  if (all === 0) return <Quiet>Prometheus has no target to scrape.</Quiet>;
  const jobs = new Map<string, Target[]>();
  for (const target of data.shown) jobs.set(target.job, [...(jobs.get(target.job) ?? []), target]);
  return (
    <>
      <div class="jobs">{[...jobs].map(([name, targets]) => <Job key={name} name={name} targets={targets} />)}</div>
      {all > data.shown.length && <Quiet>{count(all - data.shown.length, "more target")} not shown.</Quiet>}
    </>
  );
}

// Errors

function Line({ line }: { line: ErrorLine }) {
  const at = Number(line.at_ns.slice(0, -6));
  return (
    <li>
      <time title={moment(at)} dateTime={new Date(at).toISOString()}>{time(at)}</time>
      <span class="from" title={Object.entries(line.labels).map(([name, value]) => `${name}=${value}`).join("\n")}>{sourceOf(line.labels)}</span>
      <span class="text">{line.line}</span>
    </li>
  );
}

export const errorsLink = (query: string): string => `/explore?${new URLSearchParams({ source: "logs", from: "now-1h", to: "now", q: query })}`;

export function Errors({ data }: { data: NonNullable<Overview["errors"]["data"]> }) {
  if (data.shown.length === 0) return <Quiet isWell>No error was logged in the last hour.</Quiet>;
  return (
    <ol class="lines" tabIndex={0} aria-labelledby="errors-title">
      {data.shown.map((line, index) => <Line key={`${line.at_ns} ${index}`} line={line} />)}
    </ol>
  );
}
