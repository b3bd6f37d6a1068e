// Explore: one query against Prometheus or the log store, its answer as lines, a table or log lines. The URL holds the question.

import { drawChart } from "./chart.js";
import { ask, startBar } from "./console.js";
import { h, show } from "./dom.js";
import { logLines, seriesTable, toSeries } from "./explore-results.js";
import { icon } from "./icons.js";
import { count, duration } from "./words.js";

const POINTS = 240;
const LINES_AT_MOST = 500;
const EXAMPLES = {
  metrics: [
    ["Targets up, by job", "sum by (job) (up)"],
    ["Memory, by job", "sum by (job) (process_resident_memory_bytes)"],
    ["CPU, by job", "sum by (job) (rate(process_cpu_seconds_total[2m]))"],
    ["Samples taken in", "rate(prometheus_tsdb_head_samples_appended_total[5m])"],
    ["Host memory free", "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"],
  ],
  logs: [
    ["Everything", '{service_name=~".+"}'],
    ["Errors", '{service_name=~".+"} |~ `(?i)error`'],
    ["Lines per second, by service", 'sum by (service_name) (rate({service_name=~".+"}[1m]))'],
    ["Without debug", '{service_name=~".+"} !~ `(?i)debug`'],
  ],
};

const form = document.getElementById("asking");
const { source, range, query } = form.elements;
const result = document.getElementById("result");
const run = document.getElementById("run");
const typed = { metrics: "", logs: "" };
let current = "metrics";
let asking = null;
let endChart = () => {};

function fit() {
  query.style.height = "auto";
  query.style.height = `${Math.min(query.scrollHeight + 2, 260)}px`;
}

function drawForm() {
  query.placeholder = current === "metrics" ? "PromQL, such as up or rate(http_requests_total[5m])" : 'LogQL, such as {service_name="store"} |= "error"';
  document.getElementById("language").textContent = current === "metrics" ? "PromQL query" : "LogQL query";
  show(document.getElementById("examples"), EXAMPLES[current].map(([name, text]) =>
    h("button", { type: "button", class: "example", title: text, "data-query": text }, name)));
  fit();
}

function readUrl() {
  const wanted = new URLSearchParams(location.search);
  current = wanted.get("source") === "logs" ? "logs" : "metrics";
  source.value = current;
  const seconds = wanted.get("range");
  if ([...range.options].some((option) => option.value === seconds)) range.value = seconds;
  query.value = wanted.get("query") ?? "";
  typed[current] = query.value;
  drawForm();
  if (query.value.trim() !== "") answer();
  else show(result, welcome());
}

const welcome = () => h("p", { class: "welcome" }, "Ask the stack's metrics with PromQL or its logs with LogQL. The examples are a good start.");

function writeUrl() {
  const wanted = new URLSearchParams({ source: current, range: range.value, query: query.value });
  const url = `${location.pathname}?${wanted}`;
  if (url !== location.pathname + location.search) history.pushState(null, "", url);
}

async function answer() {
  const text = query.value.trim();
  if (text === "") return;
  asking?.abort();
  const mine = asking = new AbortController();
  const end = Math.floor(Date.now() / 1000);
  const seconds = Number(range.value);
  const window = { start: end - seconds, end, step: Math.max(1, Math.ceil(seconds / POINTS)) };
  result.setAttribute("aria-busy", "true");
  run.textContent = "Running…";
  const beganAt = performance.now();
  try {
    const data = (await ask(current === "metrics" ? "/api/prometheus/api/v1/query_range" : "/api/logs/loki/api/v1/query_range", {
      method: "POST",
      signal: mine.signal,
      body: new URLSearchParams({ query: text, ...parameters(window) }),
    })).data;
    draw(data, window, (performance.now() - beganAt) / 1000);
  } catch (error) {
    if (mine.signal.aborted) return;
    endChart();
    show(result, h("div", { class: "notice critical", role: "alert" }, icon("critical"), h("span", {}, error.message)));
  } finally {
    if (asking === mine) {
      result.setAttribute("aria-busy", "false");
      run.textContent = "Run";
    }
  }
}

function parameters({ start, end, step }) {
  if (current === "metrics") return { start, end, step };
  return { start: `${start}000000000`, end: `${end + 1}000000000`, step, limit: LINES_AT_MOST, direction: "backward" };
}

function draw(data, window, took) {
  endChart();
  endChart = () => {};
  const tookText = took < 0.9995 ? `${Math.round(took * 1000)} ms` : `${took.toFixed(1)} s`;
  if (data.result.length === 0) {
    show(result, h("p", { class: "welcome" }, `Nothing matches in the last ${duration(window.end - window.start)}. (${tookText})`));
    return;
  }
  if (data.resultType === "streams") {
    const { lines, node } = logLines(data.result);
    show(result, head(lines >= LINES_AT_MOST ? `Newest ${lines} lines` : count(lines, "line"), tookText), node);
    return;
  }
  const series = toSeries(data.result);
  const figure = h("figure", { class: "card chart" });
  result.replaceChildren(head(count(series.length, "series").replace("seriess", "series"), tookText), figure, seriesTable(series));
  endChart = drawChart(figure, { series: series.slice(0, 60), ...window });
}

const head = (title, took) => h("div", { class: "head" }, h("h2", {}, title), h("span", {}, took));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  writeUrl();
  answer();
});
form.addEventListener("change", (event) => {
  if (event.target === range && query.value.trim() !== "") form.requestSubmit();
  if (event.target.name !== "source") return;
  typed[current] = query.value;
  current = source.value;
  query.value = typed[current];
  drawForm();
  query.focus();
});
query.addEventListener("input", fit);
query.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
document.getElementById("examples").addEventListener("click", (event) => {
  const text = event.target.dataset.query;
  if (text === undefined) return;
  query.value = text;
  fit();
  form.requestSubmit();
});
addEventListener("popstate", readUrl);

startBar();
readUrl();
