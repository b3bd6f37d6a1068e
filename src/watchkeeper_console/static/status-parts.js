// What each part of the status page shows for its data: `{ sum, body }`, both for `show`.

import { h, svg } from "./dom.js";
import { gauge, icon } from "./icons.js";
import { sourceOf } from "./labels.js";
import { ago, bytes, count, cpu, duration, moment, time } from "./words.js";

const GRAVE = new Set(["critical", "page"]);
const dot = (level) => h("span", { class: `dot ${level}`, "aria-hidden": "true" });
const quiet = (text, withSign = false) => h("p", { class: withSign ? "quiet with-sign" : "quiet" }, withSign ? icon("ok") : null, h("span", {}, text));
const when = (iso) => { const at = Date.parse(iso); return Number.isFinite(at) ? at : null; };
const agoOf = (iso, never = "never") => { const at = when(iso); return at === null ? never : ago(at); };

// Alerts

const alertLevel = (alert) => (alert.is_watchdog ? "ok" : alert.state === "pending" ? "" : GRAVE.has(alert.severity) ? "critical" : "warning");

function alertRow(alert) {
  const level = alertLevel(alert);
  const since = when(alert.since);
  const labels = Object.entries(alert.labels);
  return h("li", { class: "alert", "data-key": `${alert.name} ${JSON.stringify(labels)}` },
    dot(level),
    h("h3", {}, alert.name,
      alert.severity && !alert.is_watchdog ? h("span", { class: `tag ${alert.state === "firing" ? level : ""}` }, alert.severity) : null,
      alert.state === "pending" ? h("span", { class: "tag" }, "pending") : null,
      alert.muted ? h("span", { class: "tag" }, alert.muted) : null),
    h("span", { class: "since", title: since === null ? null : moment(since) }, since === null ? "" : `for ${duration((Date.now() - since) / 1000)}`),
    alert.summary || alert.description ? h("p", {}, alert.summary || alert.description) : null,
    labels.length || alert.receivers.length
      ? h("ul", {},
        labels.map(([name, value]) => h("li", { class: "chip" }, h("span", {}, `${name}=`, h("b", {}, value)))),
        alert.receivers.map((receiver) => h("li", { class: "chip" }, h("span", {}, "→ ", h("b", {}, receiver)))))
      : null);
}

export function alertsBody(data) {
  if (data === null) return { body: null };
  const troubles = data.shown.filter((alert) => !alert.is_watchdog);
  const watchdog = data.shown.find((alert) => alert.is_watchdog);
  const heard = watchdog ? "the watchdog is heard, so alerting works" : null;
  if (troubles.length === 0) return { sum: "", body: quiet(heard ? `Nothing fires, and ${heard}.` : "Nothing fires.", true) };
  return {
    sum: [`${data.firing} firing`, data.pending ? `${data.pending} pending` : null, watchdog ? "watchdog heard" : null].filter(Boolean).join(" · "),
    body: h("ul", {}, troubles.map(alertRow)),
  };
}

// Components

const HEALTH = {
  healthy: ["ok", "Healthy"],
  unhealthy: ["critical", "Not healthy"],
  starting: ["warning", "Starting"],
  stopped: ["critical", "Stopped"],
  unknown: ["", "Not known"],
};

function memoryCell({ memory_bytes: used, memory_budget_bytes: budget }) {
  if (used === null) return h("span", { class: "faint" }, "–");
  if (budget === null) return h("span", {}, bytes(used));
  const ratio = used / budget;
  return h("span", { class: "memory" },
    gauge(ratio, ratio >= 0.95 ? "critical" : ratio >= 0.8 ? "warning" : ""),
    h("span", {}, bytes(used), h("small", {}, ` of ${bytes(budget)}`)));
}

const urgency = ({ health }) => ({ unhealthy: 0, stopped: 0, starting: 1 })[health] ?? 2;

function componentRow(component) {
  const [level, word] = HEALTH[component.health] ?? HEALTH.unknown;
  const isBad = level === "critical";
  return h("tr", { "data-key": component.name },
    h("td", { class: "named" }, h("span", {}, dot(level), component.name)),
    h("td", { class: isBad ? "bad" : null }, word, component.detail ? h("span", { class: "faint" }, ` · ${component.detail}`) : null),
    h("td", { "data-label": "up" }, duration(component.uptime_s)),
    h("td", { "data-label": "restarts", class: component.restarts ? null : "faint", title: component.last_restart_reason || null }, component.restarts ?? "–"),
    h("td", { "data-label": "CPU" }, cpu(component.cpu_cores)),
    h("td", { class: "uses" }, memoryCell(component)));
}

export function componentsBody(known) {
  if (known === null) return { body: null };
  const data = known.shown;
  if (data.length === 0) return { body: quiet("No component is described or seen in the metrics.") };
  const well = data.filter((component) => component.health === "healthy").length;
  return {
    sum: well === data.length ? `all ${data.length} healthy` : `${well} of ${data.length} healthy`,
    // Sorting keeps the order of equals: what is not well comes first, all else stays where it was.
    body: h("table", { "aria-labelledby": "components-title" },
      h("thead", {}, h("tr", {}, ["Name", "Health", "Up for", "Restarts", "CPU", "Memory against budget"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, [...data].sort((a, b) => urgency(a) - urgency(b)).map(componentRow))),
  };
}

// Targets

function targetRow(target) {
  const level = { up: "ok", down: "critical", unknown: "" }[target.health];
  return h("li", { "data-key": `${target.instance} ${target.url}` },
    dot(level),
    h("span", { class: "where", title: target.url }, target.instance || target.url, h("span", { class: "unseen" }, ` (${target.health})`)),
    h("span", { class: "when", title: `took ${Math.round(target.took_s * 1000)} ms` }, agoOf(target.scraped_at, "not yet scraped")),
    target.error ? h("p", { class: "bad" }, target.error) : null);
}

export function targetsBody(data) {
  if (data === null) return { body: null };
  const jobs = new Map();
  for (const target of data.shown) jobs.set(target.job, [...(jobs.get(target.job) ?? []), target]);
  const all = data.up + data.down + data.unknown;
  if (all === 0) return { sum: "none", body: quiet("Prometheus has no target to scrape.") };
  return {
    sum: data.down + data.unknown === 0 ? `all ${all} up` : [`${data.up} up`, data.down ? `${data.down} down` : null, data.unknown ? `${data.unknown} not yet scraped` : null].filter(Boolean).join(" · "),
    body: [
      h("div", { class: "jobs", "data-key": "jobs" }, [...jobs].map(([job, targets]) => jobGroup(job, targets))),
      all > data.shown.length ? quiet(`${count(all - data.shown.length, "more target")} not shown.`) : null,
    ],
  };
}

function jobGroup(job, targets) {
  const up = targets.filter((target) => target.health === "up").length;
  const down = targets.filter((target) => target.health === "down").length;
  const latest = Math.max(...targets.map((target) => when(target.scraped_at) ?? 0));
  return h("details", { class: "job", "data-key": job, open: down > 0 },
    h("summary", {}, dot(down ? "critical" : up === targets.length ? "ok" : ""), h("b", {}, job),
      h("span", { class: "rest" }, up === targets.length ? "" : `${up} of `, count(targets.length, "target"), latest ? ` · ${ago(latest)}` : "")),
    h("ul", { class: "targets" }, targets.map(targetRow)));
}

// Proof

export function proofBody(data, error) {
  if (data === null) {
    return { body: error ? null : quiet([h("span", {}, "Nothing proven yet. Run "), h("code", {}, "watchkeeper verify"), h("span", {}, " to see it work.")]) };
  }
  const all = data.claims.length;
  const missed = data.claims.filter((claim) => claim.outcome !== "passed");
  const passed = data.claims.filter((claim) => claim.outcome === "passed");
  return {
    sum: data.started_at ? agoOf(data.started_at) : "",
    body: [
      h("div", { class: "tally", "data-key": "tally" }, tally(data, all),
        h("p", {}, h("span", {}, h("b", {}, data.passed), " passed"),
          data.failed ? h("span", { class: "bad" }, h("b", {}, data.failed), " failed") : null,
          data.inconclusive ? h("span", {}, h("b", {}, data.inconclusive), " inconclusive") : null)),
      missed.length ? claimGroup("Not passed", missed, true) : null,
      passed.length ? claimGroup("Passed", passed, false) : null,
    ],
  };
}

function tally(data, all) {
  let x = 0;
  return svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    ["passed", "inconclusive", "failed"].map((outcome) => {
      const width = all ? (data[outcome] / all) * 100 : 0;
      const part = svg("rect", { class: outcome, x: x.toFixed(2), width: width.toFixed(2), height: 8 });
      x += width;
      return part;
    }));
}

function claimGroup(title, claims, open) {
  const level = { passed: "ok", failed: "critical", inconclusive: "warning" };
  return h("details", { class: "claim-group", "data-key": title, open },
    h("summary", {}, h("b", {}, title), h("span", { class: "rest" }, count(claims.length, "claim"))),
    h("ul", { class: "claims" }, claims.map((claim) => h("li", { "data-key": claim.name },
      dot(level[claim.outcome]),
      h("span", {}, claim.sentence, h("span", { class: "unseen" }, ` (${claim.outcome})`)),
      h("span", { class: "when" }, claim.requirements.join(" ")),
      claim.finding ? h("p", {}, claim.finding) : null))));
}

// Errors

export function errorsBody(data) {
  if (data === null) return { body: null };
  if (data.shown.length === 0) return { body: quiet("No error was logged in the last hour.", true) };
  const link = `/explore?${new URLSearchParams({ source: "logs", range: "3600", query: data.query })}`;
  return {
    sum: h("a", { href: link }, "Explore"),
    body: h("ol", { class: "lines", tabindex: "0", "aria-labelledby": "errors-title" }, data.shown.map(errorLine)),
  };
}

function errorLine(line) {
  const at = Number(line.at_ns.slice(0, -6));
  return h("li", { "data-key": `${line.at_ns} ${line.line.slice(0, 200)}` },
    h("time", { title: moment(at), datetime: new Date(at).toISOString() }, time(at)),
    h("span", { class: "from", title: Object.entries(line.labels).map(([name, value]) => `${name}=${value}`).join("\n") }, sourceOf(line.labels)),
    h("span", { class: "text" }, line.line));
}
