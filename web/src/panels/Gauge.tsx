/** Values as arcs, with the thresholds around them. */

import { useMemo } from "preact/hooks";

import { cssColor } from "../format/colors";
import { continuous } from "../format/gradients";
import { whole } from "../format/display";
import { boxes, type Box } from "./boxes";
import { Empty } from "./Empty";
import { limits, segments, share, type Limits, type Segment } from "./limits";
import { readyLinks, type ReadyLink } from "../format/links";
import type { PanelProps } from "./panel";
import { fitted } from "./Value";
import { reduceOptions, shownValues, type ShownValue } from "./values";

/** Radians: the arc is open below. */
const START = Math.PI * 0.86;
const SWEEP = Math.PI * 1.28;

function arc(x: number, y: number, outer: number, inner: number, from: number, to: number): string {
  const [a, b] = [START + SWEEP * from, START + SWEEP * Math.max(to, from + 0.0001)];
  const large = b - a > Math.PI ? 1 : 0;
  const point = (radius: number, angle: number): string => `${(x + radius * Math.cos(angle)).toFixed(2)},${(y + radius * Math.sin(angle)).toFixed(2)}`;
  return `M${point(outer, a)}A${outer},${outer} 0 ${large} 1 ${point(outer, b)}L${point(inner, b)}A${inner},${inner} 0 ${large} 0 ${point(inner, a)}Z`;
}

/** Continuous colours are shown as 40 thin segments. */
function around(value: ShownValue, span: Limits, theme: PanelProps["theme"]): Segment[] {
  const scheme = continuous(value.field.config.color?.mode ?? "", theme);
  if (!scheme) return segments(value.field, span, theme);
  return Array.from({ length: 40 }, (_, index) => ({ from: index / 40, to: (index + 1) / 40 + 0.002, color: scheme((index + 0.5) / 40) }));
}

function Dial({ value, box, theme, marks, labels, titleSize, valueSize, link }: { link: ReadyLink | undefined; value: ShownValue; box: Box; theme: PanelProps["theme"]; marks: boolean; labels: boolean; titleSize: number; valueSize: number | null }) {
  const span = limits(value.field);
  const room = box.height - (titleSize ? titleSize * 1.5 : 0);
  const radius = Math.max(10, Math.min(box.width / 2 - 6 - (labels ? 20 : 0), room / 1.42 - (labels ? 8 : 0)));
  const [x, y] = [box.width / 2, radius + 4 + (labels ? 8 : 0)];
  const around_ = around(value, span, theme);
  const rim = marks ? Math.max(2, radius * 0.06) : 0;
  const outer = radius - rim - (marks ? 2 : 0);
  const inner = outer - Math.max(5, radius * 0.24);
  const at = share(value.shown.numeric, span);
  const text = whole(value.shown);
  const size = valueSize ?? Math.min(fitted(text, inner * 1.65, radius * 0.75), radius * 0.5);
  const place = { class: "wk-gauge", style: { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` } };
  const content = (
    <>
      <svg width={box.width} height={room} role="img" aria-label={`${value.name}: ${text}, between ${span.min} and ${span.max}`}>
        <path d={arc(x, y, outer, inner, 0, 1)} fill="var(--raised)" />
        {at > 0 && <path d={arc(x, y, outer, inner, 0, at)} fill={value.shown.color} />}
        {marks && around_.map((segment, index) => <path key={index} d={arc(x, y, radius, radius - rim, segment.from, segment.to)} fill={segment.color} />)}
        <text x={x} y={y + size * 0.2} text-anchor="middle" font-size={size} font-weight="600" fill={value.shown.color}>{text}</text>
        {labels && around_.slice(1).map((segment, index) => {
          const angle = START + SWEEP * segment.from;
          const shown = value.field.config.thresholds?.steps[index + 1]?.value;
          const side = Math.cos(angle) > 0.3 ? "start" : Math.cos(angle) < -0.3 ? "end" : "middle";
          return <text key={index} x={x + (radius + 4) * Math.cos(angle)} y={y + (radius + 6) * Math.sin(angle) + 3} text-anchor={side} font-size="10" fill={cssColor("text", theme)}>{shown}</text>;
        })}
      </svg>
      {titleSize > 0 && <div class="wk-gauge-name" style={{ fontSize: `${titleSize}px` }} title={value.name}>{value.name}</div>}
    </>
  );
  return link ? <a {...place} href={link.url} target={link.target} rel="noopener noreferrer" title={link.title}>{content}</a> : <div {...place}>{content}</div>;
}

export default function Gauge({ panel, frames, theme, timeZone, width, height, interpolate }: PanelProps) {
  const values = useMemo(() => shownValues(frames, reduceOptions(panel.options), theme, timeZone), [frames, panel.options, theme, timeZone]);
  if (!values.length) return <Empty panel={panel} frames={frames} height={height} />;
  const { showThresholdMarkers = true, showThresholdLabels = false, orientation = "auto", text = {} } = panel.options as Record<string, any>;
  const places = boxes(values.length, width, height, String(orientation), 1.1);
  const titleSize = Number(text.titleSize) || (values.length > 1 || values[0]!.field.config.displayName ? Math.min(14, Math.max(10, places[0]!.height * 0.09)) : 0);
  return (
    <div class="wk-boxes" style={{ width: `${width}px`, height: `${height}px` }}>
      {values.map((value, index) => <Dial key={index} link={readyLinks(value.links, value.field, value.row, whole(value.shown), interpolate, value.frame.fields)[0]} value={value} box={places[index]!} theme={theme} marks={showThresholdMarkers !== false} labels={showThresholdLabels === true} titleSize={titleSize} valueSize={Number(text.valueSize) || null} />)}
    </div>
  );
}
