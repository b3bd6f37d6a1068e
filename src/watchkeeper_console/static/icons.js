// The few drawings of the pages.

import { svg } from "./dom.js";

const SHAPES = {
  ok: ["M20 6.500 9.500 17 4.500 12"],
  warning: ["M12 8.500v4.500", "M12 16.800v.010", "M10.300 3.900 2.400 17.500a2 2 0 0 0 1.700 3h15.800a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0Z"],
  critical: ["M12 7.500v5.500", "M12 16.500v.010", "M12 2.800a9.200 9.200 0 1 0 0 18.400 9.200 9.200 0 0 0 0-18.400Z"],
  waiting: ["M12 7v5l3 2", "M12 2.800a9.200 9.200 0 1 0 0 18.400 9.200 9.200 0 0 0 0-18.400Z"],
};

export const icon = (name) =>
  svg("svg", { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" },
    SHAPES[name].map((d) => svg("path", { d })));

/** A bar that is `ratio` (0…1) full. */
export const gauge = (ratio, level) =>
  svg("svg", { class: `gauge ${level}`, viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 100, height: 6, rx: 3 }),
    svg("rect", { class: "fill", width: Math.max(0, Math.min(100, ratio * 100)).toFixed(1), height: 6, rx: 3 }));
