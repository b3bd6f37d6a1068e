/** Every panel type with made-up answers, for looking at while they are made. Served by Vite only; ?theme=light, ?only=a,b. */

import { render, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import "../../shell/theme.css";
import type { Panel } from "../../dashboard/model";
import { applyFieldConfig } from "../../format/apply";
import { transform } from "../../transform/transform";
import type { Crosshair, PanelProps } from "../panel";
import { PANELS } from "../registry";
import { CASES, type Case } from "./cases";
import { FROM, TO } from "./samples";

const query = new URLSearchParams(location.search);
const theme = query.get("theme") === "light" ? "light" : "dark";
document.documentElement.dataset.theme = theme;

const listeners = new Set<(time: number | null, from: string) => void>();
const crosshair: Crosshair = {
  moveTo: (time, from) => listeners.forEach((listener) => listener(time, from)),
  listen: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function panelOf({ title, type, options = {}, defaults = {}, overrides = [], transformations = [] }: Case): Panel {
  return {
    key: title, id: 1, type, title, description: "", place: { x: 0, y: 0, w: 12, h: 8 }, transparent: false, datasource: null, targets: [], transformations, links: [], scope: {}, losses: [],
    fieldConfig: { defaults, overrides }, options,
  };
}

function Shown({ given }: { given: Case }) {
  const [Type, setType] = useState<ComponentType<PanelProps> | null>(null);
  useEffect(() => void PANELS[given.type]?.load().then((loaded) => setType(() => loaded)), []);
  const panel = panelOf(given);
  // ?size=160x100: all of them that large.
  const wanted = query.get("size")?.split("x").map(Number) as [number, number] | undefined;
  const [width, height] = wanted ?? given.size ?? [480, 240];
  const plain = (text: string): string => text.replace("${__field.labels.instance}", "x");
  const make = () => applyFieldConfig(transform(given.frames(), panel.transformations, plain), panel.fieldConfig, plain, panel.type);
  const [frames, setFrames] = useState(make);
  // ?refresh=500: new answers every so many milliseconds, to see that canvases are kept.
  useEffect(() => {
    const every = Number(query.get("refresh"));
    const timer = every ? setInterval(() => setFrames(make), every) : undefined;
    return () => clearInterval(timer);
  }, []);
  const annotations = [{ from: FROM + 7200_000, title: "Deploy", text: "Version 12", color: "blue", tags: [] }, { from: FROM + 9000_000, to: FROM + 10800_000, title: "Incident", text: "Slow", color: "red", tags: [] }];
  return (
    <section style={{ background: "var(--surface)", border: "1px solid var(--line)", borderRadius: "4px", padding: "4px 8px 8px" }}>
      <h3 style={{ margin: "2px 0 6px" }}>{given.title} <small style={{ color: "var(--ink-soft)" }}>{PANELS[given.type]?.losses(panel).join(" ")}</small></h3>
      <div style={{ width: `${width}px`, height: `${height}px` }}>
        {Type && <Type panel={panel} frames={frames} range={{ from: FROM, to: TO }} timeZone="utc" theme={theme} width={width} height={height} crosshair={crosshair} annotations={given.annotated ? annotations : []} interpolate={plain} onZoom={(range) => console.log("zoom", range)} onFilter={(label, value, keep) => console.log("filter", label, value, keep)} />}
      </div>
    </section>
  );
}

const only = query.get("only")?.split(",");
/** ?many=30: a dashboard's worth of graphs and big values, to measure what they cost. */
const many = Array.from({ length: Number(query.get("many")) || 0 }, (_, index) => ({ ...CASES.filter((each) => each.type === (index % 3 ? "timeseries" : "stat"))[index % 3 ? 0 : 1]!, title: `Panel ${index + 1}` }));
const shown = many.length ? many : CASES.filter((each) => !only || only.includes(each.type));
render(
  <main style={{ display: "flex", flexWrap: "wrap", gap: "8px", padding: "8px", alignItems: "flex-start" }}>
    {shown.map((each) => <Shown key={each.title} given={each} />)}
  </main>,
  document.getElementById("gallery")!,
);
