// How an answer of Explore looks: a table of series, or log lines that open to their labels.

import { COLOURS } from "./chart.js";
import { h } from "./dom.js";
import { sourceOf } from "./labels.js";
import { moment, number, time } from "./words.js";

const SERIES_AT_MOST = 200;

function nameOf(labels) {
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`).join(", ");
  return pairs ? `${name}{${pairs}}` : name || "value";
}

/** The API's matrix as `{ name, labels, points }`, those with the largest last value first. */
export const toSeries = (matrix) => matrix
  .map(({ metric, values }) => ({ name: nameOf(metric), labels: metric, points: values.map(([at, value]) => [at, Number(value.replace("Inf", "Infinity"))]) }))
  .sort((a, b) => b.points.at(-1)[1] - a.points.at(-1)[1]);

function labelled(labels) {
  const { __name__: name, ...rest } = labels;
  return [name ? h("b", {}, name) : null, Object.entries(rest).map(([label, value]) => h("span", { class: "chip" }, h("span", {}, `${label}=`, h("b", {}, value)))),
    Object.keys(labels).length === 0 ? h("span", { class: "faint" }, "value") : null];
}

export function seriesTable(series) {
  const rows = series.slice(0, SERIES_AT_MOST).map(({ labels, points }, index) => {
    const values = points.map(([, value]) => value).filter(Number.isFinite);
    const sum = values.reduce((total, value) => total + value, 0);
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    return h("tr", {},
      h("td", {}, h("span", { class: "series" }, h("i", { class: `s${index % COLOURS}` }), h("span", {}, labelled(labels)))),
      [points.at(-1)[1], low, sum / values.length, high].map((value) => h("td", {}, values.length ? number(value) : "–")));
  });
  return h("div", { class: "card sheet", tabindex: "0", role: "region", "aria-label": "Values of each series" },
    h("table", {},
      h("thead", {}, h("tr", {}, ["Series", "Last", "Min", "Mean", "Max"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, rows)),
    series.length > SERIES_AT_MOST ? h("p", { class: "more" }, `and ${series.length - SERIES_AT_MOST} more series`) : null);
}

const LEVELS = [
  [/^(fatal|critical|panic|emerg|alert|error|err)$/i, "critical"],
  [/^(warn|warning)$/i, "warning"],
  [/^(info|notice)$/i, "info"],
];
const levelClass = (labels, line) => {
  const word = labels.detected_level ?? labels.level ?? /\b(?:level|lvl|severity)"?[=:]\s?"?(\w+)/i.exec(line)?.[1] ?? "";
  return LEVELS.find(([pattern]) => pattern.test(word))?.[1] ?? "";
};

/** The API's streams as one list, newest first. */
export function logLines(streams) {
  const lines = streams.flatMap(({ stream, values }) => values.map(([at, line]) => ({ at, line, labels: stream })));
  lines.sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? 1 : -1));
  const rows = lines.map(({ at, line, labels }) => {
    const moments = Number(at.slice(0, -6));
    return h("details", { class: `entry ${levelClass(labels, line)}` },
      h("summary", {}, h("time", { title: moment(moments) }, `${time(moments)}.${at.slice(-9, -6)}`), h("span", { class: "from" }, sourceOf(labels)), h("span", { class: "text" }, line)),
      h("dl", {}, Object.entries(labels).map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])));
  });
  return { lines: lines.length, node: h("div", { class: "card entries" }, rows) };
}
