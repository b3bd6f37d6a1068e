/** Lines, bars and points over time: the panel that most dashboards consist of. */

import { useMemo, useState } from "preact/hooks";

import { Graph } from "../draw/Graph";
import { Legend, legendOptions, legendSpace } from "../draw/Legend";
import { plan as makePlan } from "../draw/plan";
import { tooltipOptions } from "../draw/tooltip";
import { Empty } from "./Empty";
import type { PanelProps } from "./panel";

/** "cpu of 4 series: a, b, c, d": what a screen reader says about the canvas. */
export function graphLabel(title: string, names: readonly string[]): string {
  const told = names.slice(0, 8).join(", ");
  return `${title || "Graph"}, ${names.length} series: ${told}${names.length > 8 ? " and more" : ""}. Arrow keys read its values.`;
}

export default function Timeseries(props: PanelProps) {
  const { panel, frames, range, timeZone, theme, width, height, crosshair, annotations, onZoom, interpolate } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const plan = useMemo(() => makePlan(frames, { theme, hidden }), [frames, theme, hidden]);
  const options = useMemo(() => legendOptions(panel.options.legend as never), [panel.options]);
  const tooltip = useMemo(() => tooltipOptions(panel.options.tooltip as never), [panel.options]);
  if (!plan.lines.length) return <Empty panel={panel} frames={frames} height={height} why={frames.length ? "no-numbers" : "no-data"} />;
  const space = legendSpace(plan.lines, options, width, height);
  const right = options.right && space.width > 0 && space.width < width;
  const zone = panel.options.timezone;
  return (
    <div class={`wk-withlegend ${right ? "wk-withlegend-right" : ""}`} style={{ width: `${width}px`, height: `${height}px` }}>
      <Graph
        plan={plan}
        range={range}
        timeZone={Array.isArray(zone) && typeof zone[0] === "string" && zone[0] ? zone[0] : timeZone}
        theme={theme}
        width={right ? width - space.width : width}
        height={right ? height : height - space.height}
        label={graphLabel(panel.title, plan.lines.map((line) => line.name))}
        tooltip={tooltip}
        crosshair={crosshair}
        annotations={annotations}
        onZoom={onZoom}
        interpolate={interpolate}
      />
      {space.height > 0 && <Legend lines={plan.lines} options={options} hidden={hidden} onHidden={setHidden} theme={theme} timeZone={timeZone} width={space.width} height={space.height} />}
    </div>
  );
}
