/** Big values, each with the line of its past below it. */

import { useMemo } from "preact/hooks";

import { alpha, contrast, cssColor, textOn } from "../format/colors";
import { whole } from "../format/display";
import { digits } from "../format/numbers";
import { reduceField } from "../reduce/reduce";
import { Empty } from "./Empty";
import { boxes, type Box } from "./boxes";
import { readyLinks } from "../format/links";
import type { PanelProps } from "./panel";
import { Sparkline } from "./Sparkline";
import { fitted, Value } from "./Value";
import { longestText, reduceOptions, shownValues, type ShownValue } from "./values";

interface Look {
  graph: boolean;
  colorMode: "value" | "background" | "background_solid" | "none";
  name: boolean;
  value: boolean;
  wide: boolean;
  center: boolean;
  titleSize: number | null;
  valueSize: number | null;
  /** How the change from the first to the last value is coloured; null: it is not shown. */
  change: "standard" | "inverted" | "same_as_value" | null;
}

function look(options: Readonly<Record<string, any>>, count: number): Look {
  const { graphMode = "area", colorMode = "value", textMode = "auto", justifyMode = "auto", text = {}, wideLayout = true, showPercentChange = false, percentChangeColorMode = "standard" } = options;
  return {
    graph: graphMode === "area" || graphMode === "line",
    colorMode,
    name: textMode === "name" || textMode === "value_and_name" || (textMode === "auto" && count > 1),
    value: textMode !== "name" && textMode !== "none",
    wide: wideLayout !== false,
    center: justifyMode === "center",
    titleSize: Number(text.titleSize) || null,
    valueSize: Number(text.valueSize) || null,
    change: showPercentChange === true ? percentChangeColorMode : null,
  };
}

/** Share of the box that the line of the past takes; the value keeps the rest for itself, so they never overlap. */
const SPARK_SHARE = 0.34;

function isWide(style: Look, box: Box): boolean {
  return style.wide && style.name && style.value && box.width > box.height * 2.5;
}

function background(color: string, mode: Look["colorMode"]): string | undefined {
  if (mode === "background_solid") return color;
  return mode === "background" ? `linear-gradient(120deg, ${color}, ${alpha(color, 0.72)})` : undefined;
}

function Change({ value, mode, theme, size }: { value: ShownValue; mode: NonNullable<Look["change"]>; theme: PanelProps["theme"]; size: number }) {
  const percent = reduceField(value.field, "diffperc");
  if (typeof percent !== "number" || !Number.isFinite(percent)) return null;
  const good = percent >= 0 === (mode !== "inverted");
  const color = mode === "same_as_value" || percent === 0 ? undefined : cssColor(good ? "green" : "red", theme);
  return <div class="wk-stat-change" style={{ fontSize: `${size}px`, ...(color ? { color } : {}) }}>{percent > 0 ? "↑" : percent < 0 ? "↓" : ""} {digits(Math.abs(percent), 1)}%</div>;
}

function StatBox({ value, box, style, theme, label, sizes, href, range }: { value: ShownValue; box: Box; style: Look; theme: PanelProps["theme"]; label: string; sizes: { title: number; value: number }; href: ReturnType<typeof readyLinks>[number] | undefined; range: PanelProps["range"] }) {
  const color = value.shown.color ?? "";
  const filled = style.colorMode.startsWith("background");
  const surface = theme === "dark" ? "#171b21" : "#ffffff";
  const spark = style.graph && value.row === null && value.field.values.length > 1 && box.height > 54;
  const ink = filled ? textOn(color) : style.colorMode === "value" ? (contrast(color, surface) < 1.6 ? undefined : color) : undefined;
  const content = (
    <>
      <div class="wk-stat-text" style={{ height: `${spark ? box.height * (1 - SPARK_SHARE) : box.height}px`, ...(ink ? { color: ink } : {}) }}>
        {style.name && <div class="wk-stat-name" style={{ fontSize: `${sizes.title}px`, color: filled && ink ? ink : "var(--ink)" }}>{value.name}</div>}
        {style.value && <Value shown={value.shown} size={sizes.value} />}
        {style.change && value.row === null && <Change value={value} mode={style.change} theme={theme} size={Math.max(10, sizes.value * 0.36)} />}
      </div>
      {spark && <Sparkline field={value.field} frame={value.frame} width={box.width} height={box.height * SPARK_SHARE} color={filled ? (ink ?? "#fff") : color} range={range} />}
    </>
  );
  const props = {
    class: `wk-stat ${style.center || (!style.name && !spark) ? "wk-stat-center" : ""} ${isWide(style, box) && !spark ? "wk-stat-wide" : ""}`,
    style: { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px`, background: background(color, style.colorMode) },
    "aria-label": label,
  };
  return href ? <a {...props} href={href.url} target={href.target} rel="noopener noreferrer" title={href.title}>{content}</a> : <div {...props} role="group">{content}</div>;
}

export default function Stat({ panel, frames, theme, timeZone, width, height, interpolate, range }: PanelProps) {
  const values = useMemo(() => shownValues(frames, reduceOptions(panel.options), theme, timeZone), [frames, panel.options, theme, timeZone]);
  if (!values.length) return <Empty panel={panel} frames={frames} height={height} />;
  const style = look(panel.options, values.length);
  const places = boxes(values.length, width, height, String(panel.options.orientation ?? "auto"));
  const one = places[0]!;
  const hasSpark = style.graph && one.height > 54 && values.some((value) => value.row === null && value.field.values.length > 1);
  const room = { width: one.width - 16, height: (hasSpark ? one.height * (1 - SPARK_SHARE) : one.height) - 6 };
  // Name and value share one line in boxes that are much wider than high.
  const wide = !hasSpark && isWide(style, one);
  if (wide) room.width *= 0.48;
  const title = style.titleSize ?? (style.name ? Math.min(fitted(longestText(values, (value) => value.name), room.width, room.height * (style.value && !wide ? 0.34 : 0.8)), style.value ? 26 : 60) : 0);
  const size = style.valueSize ?? Math.min(fitted(longestText(values, (value) => whole(value.shown)), room.width, (room.height - (style.name && !wide ? title * 1.3 : 0)) * (style.change ? 0.72 : 1)), 96);
  return (
    <div class="wk-boxes" style={{ width: `${width}px`, height: `${height}px` }}>
      {values.slice(0, places.length).map((value, index) => (
        <StatBox
          key={index}
          value={value}
          box={places[index]!}
          style={style}
          theme={theme}
          range={range}
          label={`${value.name}: ${whole(value.shown)}`}
          sizes={{ title: Math.max(11, title), value: Math.max(11, size) }}
          href={readyLinks(value.links, value.field, value.row, whole(value.shown), interpolate)[0]}
        />
      ))}
    </div>
  );
}
