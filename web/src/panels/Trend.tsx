/** Lines over numbers instead of times: trends, and points of one column against another. */

import { useMemo, useState } from "preact/hooks";

import { xField } from "../draw/align";
import { Graph } from "../draw/Graph";
import { Legend, legendOptions, legendSpace } from "../draw/Legend";
import { plan as makePlan } from "../draw/plan";
import { tooltipOptions } from "../draw/tooltip";
import { fieldName } from "../format/names";
import type { Field, Frame } from "../frame/frame";
import { sortRows } from "../transform/kinds";
import { Empty } from "./Empty";
import type { PanelProps } from "./panel";
import { graphLabel } from "./Timeseries";

function OverNumbers({ props, frames, x }: { props: PanelProps; frames: readonly Frame[]; x: string | undefined }) {
  const { panel, theme, timeZone, width, height } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const plan = useMemo(() => makePlan(frames, { theme, hidden, time: false, x }), [frames, theme, hidden, x]);
  const options = useMemo(() => legendOptions(panel.options.legend as never), [panel.options]);
  const tooltip = useMemo(() => tooltipOptions(panel.options.tooltip as never), [panel.options]);
  if (!plan.lines.length) return <Empty panel={panel} frames={props.frames} height={height} why={frames.length ? "no-numbers" : "no-data"} />;
  const space = legendSpace(plan.lines, options, width, height);
  const right = options.right && space.width > 0 && space.width < width;
  const key = frames[0] && xField(frames[0], false, x);
  return (
    <div class={`wk-withlegend ${right ? "wk-withlegend-right" : ""}`} style={{ width: `${width}px`, height: `${height}px` }}>
      <Graph plan={plan} range={null} xField={key} xLabel={key && fieldName(key, frames[0])} timeZone={timeZone} theme={theme} width={right ? width - space.width : width} height={right ? height : height - space.height} label={graphLabel(panel.title, plan.lines.map((line) => line.name))} tooltip={tooltip} interpolate={props.interpolate} />
      {space.height > 0 && <Legend lines={plan.lines} options={options} hidden={hidden} onHidden={setHidden} theme={theme} timeZone={timeZone} width={space.width} height={space.height} />}
    </div>
  );
}

export function Trend(props: PanelProps) {
  const x = props.panel.options.xField as string | undefined;
  return <OverNumbers props={props} frames={props.frames} x={x} />;
}

type Named = string | { matcher?: { id: string; options?: unknown } } | undefined;

function named(frame: Frame, frames: readonly Frame[], wanted: Named): Field | undefined {
  const name = typeof wanted === "string" ? wanted : wanted?.matcher?.id === "byName" ? String(wanted.matcher.options) : undefined;
  return name === undefined ? undefined : frame.fields.find((field) => field.name === name || fieldName(field, frame, frames) === name);
}

/** Points unless the dashboard wants lines: "points", "lines" or "points+lines". */
function asPoints(field: Field, show: unknown): Field {
  const custom = { ...field.config.custom };
  const mode = String(custom.show ?? show ?? "points");
  if (mode === "points") custom.drawStyle = "points";
  else if (mode === "points+lines") custom.showPoints = "always";
  const size = (custom.pointSize as { fixed?: number } | number | undefined) ?? 6;
  custom.pointSize = typeof size === "number" ? size : (size.fixed ?? 6);
  return { ...field, config: { ...field.config, custom } };
}

/** A frame per pair of columns, sorted by x: what the dashboard lists, or all numbers against the first. */
function pairs(frames: readonly Frame[], options: Readonly<Record<string, any>>): Frame[] {
  const listed: readonly Readonly<Record<string, any>>[] = options.mapping === "manual" || options.seriesMapping === "manual" ? (options.series ?? []) : [];
  const chosen = frames.flatMap((frame) => {
    const fallback = named(frame, frames, options.dims?.x) ?? xField(frame, false);
    if (!listed.length) return fallback ? [{ frame, x: fallback, ys: frame.fields.filter((field) => field.type === "number" && field !== fallback) }] : [];
    return listed.flatMap((each) => {
      const [x, y] = [named(frame, frames, each.x), named(frame, frames, each.y)];
      return x && y ? [{ frame, x, ys: [y] }] : [];
    });
  });
  return chosen.flatMap(({ frame, x, ys }) =>
    ys.map((y) => {
      const state = y.state;
      const sorted = sortRows({ ...frame, fields: [{ ...x, name: "__x" }, asPoints(y, options.seriesMapping === undefined ? undefined : options.show)] }, 0);
      const [key, value] = sorted.fields as [Field, Field];
      return { ...sorted, fields: [{ ...key, config: { ...key.config, displayName: x.config.displayName ?? x.name } }, { ...value, state }] };
    }),
  );
}

export function XyChart(props: PanelProps) {
  const frames = useMemo(() => pairs(props.frames, props.panel.options as never), [props.frames, props.panel.options]);
  return <OverNumbers props={props} frames={frames} x="__x" />;
}
