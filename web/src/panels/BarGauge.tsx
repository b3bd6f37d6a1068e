/** Values as bars: plain, in a gradient of the thresholds, or as rows of lamps. */

import { useMemo } from "preact/hooks";

import { textWidth } from "../draw/ink";
import { alpha, legible } from "../format/colors";
import { valueScale, whole } from "../format/display";
import { Empty } from "./Empty";
import { limits, segments, share, type Limits } from "./limits";
import { readyLinks } from "../format/links";
import type { PanelProps } from "./panel";
import { fitted } from "./Value";
import { longestText, reduceOptions, shownValues, type ShownValue } from "./values";

type Mode = "gradient" | "basic" | "lcd";

interface Look {
  mode: Mode;
  horizontal: boolean;
  unfilled: boolean;
  valueColor: boolean;
  hideValue: boolean;
  theme: PanelProps["theme"];
}

/** Each step's colour up to the value; outside of the value nothing. */
function gradient(value: ShownValue, span: Limits, at: number, look: Look): string {
  const direction = look.horizontal ? "to right" : "to top";
  const scale = valueScale(value.field, look.theme);
  const hard = value.field.config.color?.mode?.startsWith("continuous") ? null : segments(value.field, span, look.theme);
  const shown = (share_: number): string => `${Math.min(100, (share_ / Math.max(at, 0.001)) * 100).toFixed(1)}%`;
  if (hard && hard.length > 1) {
    const stops = hard.filter((segment) => segment.from < at).map((segment) => `${segment.color} ${shown(segment.from)}`);
    return stops.length > 1 ? `linear-gradient(${direction}, ${stops.join(", ")})` : alpha(value.shown.color ?? "", 0.9);
  }
  const stops = Array.from({ length: 9 }, (_, index) => scale(span.min + (span.max - span.min) * at * (index / 8)).color);
  return `linear-gradient(${direction}, ${stops.join(", ")})`;
}

function Lamps({ value, span, at, length, look }: { value: ShownValue; span: Limits; at: number; length: number; look: Look }) {
  const count = Math.max(6, Math.floor(length / 10));
  const scale = valueScale(value.field, look.theme);
  return (
    <div class={look.horizontal ? "wk-lamps" : "wk-lamps wk-lamps-up"}>
      {Array.from({ length: count }, (_, index) => {
        const here = (index + 0.5) / count;
        const { color } = scale(span.min + (span.max - span.min) * here);
        return <i key={index} style={{ background: alpha(color, here <= at ? 1 : 0.14) }} />;
      })}
    </div>
  );
}

function Bar({ value, look, length, size, labelWidth }: { value: ShownValue; look: Look; length: number; size: number; labelWidth: number }) {
  const span = limits(value.field);
  const at = share(value.shown.numeric, span);
  const text = whole(value.shown);
  const color = value.shown.color ?? "";
  const fill = look.mode === "gradient" ? gradient(value, span, at, look) : alpha(color, 0.85);
  const track = look.unfilled ? "var(--raised)" : "transparent";
  const filled = look.horizontal ? { width: `${at * 100}%`, height: "100%" } : { height: `${at * 100}%`, width: "100%" };
  const told = !look.hideValue && <div class="wk-bar-value" style={{ fontSize: `${size}px`, width: look.horizontal ? `${labelWidth}px` : undefined, ...(look.valueColor ? { color: legible(color, look.theme) } : {}) }}>{text}</div>;
  const bar = (
    <div class="wk-bar-track" style={{ background: look.mode === "lcd" ? "transparent" : track }}>
      {look.mode === "lcd" ? <Lamps value={value} span={span} at={at} length={length} look={look} /> : <div class="wk-bar-fill" style={{ ...filled, background: fill, [look.horizontal ? "borderRight" : "borderTop"]: at > 0 ? `2px solid ${color}` : "0" }} />}
    </div>
  );
  return <div class={look.horizontal ? "wk-bar" : "wk-bar wk-bar-up"} role="img" aria-label={`${value.name}: ${text}`}>{look.horizontal ? [bar, told] : [told, bar]}</div>;
}

export default function BarGauge({ panel, frames, theme, timeZone, width, height, interpolate }: PanelProps) {
  const values = useMemo(() => shownValues(frames, reduceOptions(panel.options), theme, timeZone), [frames, panel.options, theme, timeZone]);
  if (!values.length) return <Empty panel={panel} frames={frames} height={height} />;
  const { displayMode = "gradient", orientation = "auto", showUnfilled = true, valueMode = "color", namePlacement = "auto", minVizHeight = 16, maxVizHeight = 300, text = {} } = panel.options as Record<string, any>;
  const horizontal = orientation === "horizontal" || (orientation === "auto" && width > height);
  const look: Look = { mode: displayMode === "lcd" || displayMode === "basic" ? displayMode : "gradient", horizontal, unfilled: showUnfilled !== false, valueColor: valueMode === "color", hideValue: valueMode === "hidden", theme };
  const longest = (pick: (value: ShownValue) => string): number => Math.max(...values.map((value) => textWidth(pick(value), 12)));
  const named = namePlacement !== "hidden" && (values.length > 1 || namePlacement !== "auto" || Boolean(values[0]!.field.config.displayName));
  const beside = horizontal && (namePlacement === "left" || (namePlacement === "auto" && height / values.length < 44));
  const gap = horizontal ? 6 : 8;
  const each = Math.max(horizontal ? Number(minVizHeight) : 28, Math.min(horizontal ? Number(maxVizHeight) : 400, ((horizontal ? height : width) - gap * (values.length - 1)) / values.length));
  const thickness = horizontal ? (named && !beside ? each - 18 : each) : each;
  const valueWidth = look.hideValue ? 0 : Math.min(width * 0.4, (longest((value) => whole(value.shown)) / 12) * Math.max(10, Math.min(thickness * 0.55, 28)) * 1.12 + 10);
  const size = horizontal ? Math.max(10, Math.min(thickness * 0.55, 28)) : Math.max(8, Math.min(fitted(longestText(values, (value) => whole(value.shown)), each - 2, 40), 22));
  const nameWidth = beside && named ? Math.min(width * 0.4, longest((value) => value.name) + 10) : 0;
  const length = horizontal ? width - valueWidth - nameWidth : height - 50;
  const titleSize = Number(text.titleSize) || 12;
  return (
    <div class={`wk-bars ${horizontal ? "" : "wk-bars-up"}`} style={{ width: `${width}px`, height: `${height}px`, gap: `${gap}px` }}>
      {values.map((value, index) => {
        const link = readyLinks(value.links, value.field, value.row, whole(value.shown), interpolate)[0];
        const name = named && <div class="wk-bar-name" style={{ fontSize: `${titleSize}px`, ...(nameWidth ? { width: `${nameWidth}px` } : {}) }} title={value.name}>{link ? <a href={link.url} target={link.target} rel="noopener noreferrer">{value.name}</a> : value.name}</div>;
        return (
          <div key={index} class={beside ? "wk-bar-row wk-bar-beside" : "wk-bar-row"} style={horizontal ? { height: `${each}px` } : { width: `${each}px`, height: "100%" }}>
            {horizontal && name}
            <Bar value={value} look={look} length={length} size={size} labelWidth={valueWidth} />
            {!horizontal && name}
          </div>
        );
      })}
    </div>
  );
}
