// The status page: asks for the overview every five seconds and shows it, or says plainly how old it is.

import { ask, startBar } from "./console.js";
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { alertsBody, componentsBody, errorsBody, proofBody, targetsBody } from "./status-parts.js";
import { ago, bytes, time } from "./words.js";

const EVERY_MS = 5000;
const byId = (id) => document.getElementById(id);

const HEADLINES = { ok: "Everything is well", warning: "Something needs a look", critical: "Something is broken" };
const BODIES = { alerts: alertsBody, components: componentsBody, targets: targetsBody, proof: proofBody, errors: errorsBody };

// The last good data of each part outlives a failing upstream.
const kept = {};
let latest = null;
let receivedAt = 0;
let failure = null;

function keep(overview) {
  for (const name of Object.keys(BODIES)) {
    const part = overview[name];
    if (part.error === "") kept[name] = { data: part.data, at: part.at * 1000 };
  }
}

function drawVerdict({ level, reasons }) {
  byId("verdict").dataset.level = level;
  show(byId("sign"), icon(level));
  show(byId("headline"), HEADLINES[level]);
  show(byId("reasons"), level === "ok" ? h("li", {}, "Nothing needs your attention.") : null, reasons.slice(0, 5).map((reason) => h("li", { "data-level": reason.level }, reason.text)),
    reasons.length > 5 ? h("li", {}, `and ${reasons.length - 5} more, below`) : null);
}

function drawFigures() {
  const components = kept.components?.data?.shown;
  const targets = kept.targets?.data;
  const alerts = kept.alerts?.data;
  const figures = [];
  if (components?.length) {
    const well = components.filter((component) => component.health === "healthy").length;
    figures.push(figure("Components", [well, h("small", {}, ` of ${components.length}`)], well < components.length ? "warning" : "ok"));
  }
  if (targets) {
    const all = targets.up + targets.down + targets.unknown;
    figures.push(figure("Targets up", [targets.up, h("small", {}, ` of ${all}`)], targets.down ? "warning" : "ok"));
  }
  if (alerts) figures.push(figure("Alerts firing", [alerts.firing], alerts.firing ? "warning" : "ok"));
  const sizes = (components ?? []).map((component) => component.memory_bytes).filter((size) => size !== null);
  const budget = kept.components?.data?.memory_budget_bytes ?? null;
  if (sizes.length) {
    const used = sizes.reduce((sum, size) => sum + size, 0);
    figures.push(figure("Memory", [bytes(used), budget === null ? null : h("small", {}, ` of ${bytes(budget)}`)], budget !== null && used > budget ? "warning" : "ok"));
  }
  show(byId("figures"), figures);
}

const figure = (label, value, level) => h("div", {}, h("dt", {}, label), h("dd", { "data-level": level }, value));

function drawPart(name, part) {
  const section = byId(name);
  const last = kept[name];
  const data = last?.data ?? null;
  const isConfigured = data !== null || part.error !== "";
  section.hidden = !isConfigured && name !== "proof";
  section.dataset.state = part.error === "" ? "fresh" : "stale";
  const notice = part.error === "" ? null : h("div", { class: "notice" }, icon("warning"),
    h("span", {}, sentence(part.error), last ? ` Below is what was known at ${time(last.at)}.` : ""));
  const drawn = BODIES[name](data, part.error);
  show(section.querySelector(".sum"), drawn.sum ?? "");
  show(section.querySelector(".body"), notice, drawn.body);
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

function draw() {
  if (latest) {
    drawVerdict(latest.verdict);
    drawFigures();
    for (const name of Object.keys(BODIES)) drawPart(name, latest[name]);
  }
  drawPulse();
}

function drawPulse() {
  const pulse = byId("pulse");
  const away = byId("away");
  const isAway = failure !== null;
  document.body.dataset.state = isAway ? "away" : "live";
  away.hidden = !isAway;
  if (isAway) show(away, icon("critical"), h("span", {}, failure.message, latest ? ` What you see is of ${time(receivedAt)}.` : ""));
  if (!latest) {
    pulse.dataset.state = isAway ? "away" : "waiting";
    show(pulse, isAway ? "No connection" : "Connecting");
    return;
  }
  const isOld = Date.now() - receivedAt > 3 * EVERY_MS;
  pulse.dataset.state = isAway ? "away" : isOld ? "stale" : "live";
  show(pulse, isAway || isOld ? `As of ${ago(receivedAt)}` : "Live");
  pulse.title = `Updated ${time(receivedAt)}`;
}

async function refresh() {
  try {
    latest = await ask("/api/overview", { background: true, within: 10000 });
    receivedAt = Date.now();
    failure = null;
    keep(latest);
  } catch (error) {
    failure = error;
  }
  draw();
}

async function keepRefreshing() {
  for (;;) {
    const beganAt = Date.now();
    if (!document.hidden) await refresh();
    await pause(Math.max(500, EVERY_MS - (Date.now() - beganAt)));
  }
}

// Ends early when the person comes back to the tab.
let wake = () => {};
const pause = (milliseconds) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  wake = () => { clearTimeout(timer); resolve(); };
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });

startBar();
setInterval(drawPulse, 1000);
keepRefreshing();
