// Lines over time, drawn as SVG. The table below a chart holds the same data for those who cannot see it.

import { h, show, svg } from "./dom.js";
import { moment, number } from "./words.js";

const HEIGHT = 280;
const PAD = { top: 12, right: 14, bottom: 26, left: 58 };
export const COLOURS = 8;
const SHOWN_IN_TIP = 9;

/** Ticks at 1, 2 or 5 times a power of ten, about `wanted` of them. */
function valueTicks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const ticks = [];
  for (let index = Math.ceil(low / step); index * step <= high + step * 1e-9; index += 1) ticks.push(Number((index * step).toPrecision(12)));
  return ticks;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

function timeTicks(start, end, wanted) {
  const step = STEPS_S.find((candidate) => (end - start) / candidate <= wanted) ?? 604800;
  const zone = new Date(start * 1000).getTimezoneOffset() * 60; // whole hours and days of the person's own clock
  const ticks = [];
  for (let at = Math.ceil((start - zone) / step) * step + zone; at <= end; at += step) ticks.push(at);
  const format = new Intl.DateTimeFormat(undefined, step < 60 ? { timeStyle: "medium", hourCycle: "h23" }
    : step < 86400 ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { month: "short", day: "numeric" });
  return ticks.map((at) => ({ at, text: format.format(at * 1000) }));
}

function bounds(series) {
  let low = Infinity;
  let high = -Infinity;
  for (const { points } of series) {
    for (const [, value] of points) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return [0, 1];
  if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low * 1.2), Math.max(0, high * 1.2)];
  if (low > 0 && low < high * 0.6) low = 0;
  const room = (high - low) * 0.06;
  return [low === 0 ? 0 : low - room, high + room];
}

/** An SVG path that breaks where samples are missing for more than 1.5 steps. */
function line(points, x, y, step) {
  let path = "";
  let before = -Infinity;
  for (const [at, value] of points) {
    if (!Number.isFinite(value)) { before = -Infinity; continue; }
    path += `${at - before > step * 1.5 ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    before = at;
  }
  return path;
}

/**
 * Draw into `figure` and redraw on resizing. `series`: `{ name, points: [[seconds, value], …] }`; times in seconds.
 * Answers a function that ends it.
 */
export function drawChart(figure, { series, start, end, step }) {
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const canvas = h("div", {});
  const stage = h("div", { class: "stage" }, canvas, tip);
  figure.replaceChildren(stage);
  let scale = null;

  function draw() {
    const width = Math.max(240, stage.clientWidth);
    const [low, high] = bounds(series);
    const x = (at) => PAD.left + ((at - start) / (end - start)) * (width - PAD.left - PAD.right);
    const y = (value) => HEIGHT - PAD.bottom - ((value - low) / (high - low)) * (HEIGHT - PAD.top - PAD.bottom);
    scale = { width, x, y };
    show(canvas, svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": `${series.length} lines over time; the table below has their values` },
      valueTicks(low, high, 5).map((value) => svg("g", { class: "tick" },
        svg("line", { x1: PAD.left, x2: width - PAD.right, y1: y(value), y2: y(value) }),
        svg("text", { x: PAD.left - 10, y: y(value) + 4, "text-anchor": "end" }, number(value)))),
      timeTicks(start, end, width / 110).map(({ at, text }) => svg("text", { class: "when", x: x(at), y: HEIGHT - 6, "text-anchor": "middle" }, text)),
      series.map(({ points }, index) => svg("path", { class: `line s${index % COLOURS}`, d: line(points, x, y, step) })),
      svg("line", { class: "cross", x1: -9, x2: -9, y1: PAD.top, y2: HEIGHT - PAD.bottom })));
  }

  function point(event) {
    const box = stage.getBoundingClientRect();
    const at = start + ((event.clientX - box.left - PAD.left) / (scale.width - PAD.left - PAD.right)) * (end - start);
    const near = Math.min(end, Math.max(start, start + Math.round((at - start) / step) * step));
    const values = series.map(({ name, points }, index) => ({ name, index, value: valueAt(points, near, step) }))
      .filter(({ value }) => value !== null).sort((a, b) => b.value - a.value);
    const cross = stage.querySelector(".cross");
    const place = scale.x(near);
    cross.setAttribute("x1", place);
    cross.setAttribute("x2", place);
    tip.hidden = false;
    show(tip, h("time", {}, moment(near * 1000)),
      values.slice(0, SHOWN_IN_TIP).map(({ name, index, value }) => h("p", {}, h("i", { class: `s${index % COLOURS}` }), h("span", {}, name), h("b", {}, number(value)))),
      values.length > SHOWN_IN_TIP ? h("p", { class: "more" }, `and ${values.length - SHOWN_IN_TIP} more`) : null,
      values.length === 0 ? h("p", { class: "more" }, "no sample") : null);
    const left = place + tip.offsetWidth + 14 > scale.width ? place - tip.offsetWidth - 14 : place + 14;
    tip.style.translate = `${Math.max(0, left)}px 0`;
  }

  function leave() {
    tip.hidden = true;
    for (const end of ["x1", "x2"]) stage.querySelector(".cross")?.setAttribute(end, -9);
  }

  stage.addEventListener("pointermove", point);
  stage.addEventListener("pointerleave", leave);
  const watcher = new ResizeObserver(draw);
  watcher.observe(stage);
  draw();
  return () => watcher.disconnect();
}

function valueAt(points, at, step) {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < at - step / 2) low = middle + 1;
    else high = middle;
  }
  const found = points[low];
  return found && Math.abs(found[0] - at) <= step / 2 + 0.001 && Number.isFinite(found[1]) ? found[1] : null;
}
