/** Nodes and the calls between them: in layers from left to right, as calls go. */

import { useMemo, useState } from "preact/hooks";

import { cssColor } from "../format/colors";
import { display, whole } from "../format/display";
import type { Field, Frame } from "../frame/frame";
import { Empty } from "./Empty";
import { layered, type Edge, type Placed } from "./layers";
import type { PanelProps } from "./panel";

const RADIUS = 30;

function columnOf(frame: Frame, ...names: string[]): Field | undefined {
  return names.map((name) => frame.fields.find((field) => field.name.toLowerCase() === name)).find(Boolean);
}

interface Arc {
  share: number;
  color: string;
}

interface Shown {
  id: string;
  title: string;
  subtitle: string;
  main: string;
  second: string;
  arcs: Arc[];
  color: string;
}

function nodesOf(frame: Frame, theme: PanelProps["theme"], timeZone: string): Shown[] {
  const [id, title, subtitle, main, second, color] = [columnOf(frame, "id"), columnOf(frame, "title"), columnOf(frame, "subtitle"), columnOf(frame, "mainstat"), columnOf(frame, "secondarystat"), columnOf(frame, "color")];
  const arcs = frame.fields.filter((field) => field.name.startsWith("arc__"));
  const text = (field: Field | undefined, row: number): string => (field ? whole(display(field, theme, timeZone)(field.values[row])) : "");
  return (id?.values ?? []).map((value, row) => ({
    id: String(value),
    title: text(title, row) || String(value),
    subtitle: text(subtitle, row),
    main: text(main, row),
    second: text(second, row),
    arcs: arcs.map((field) => ({ share: Number(field.values[row]) || 0, color: cssColor(field.config.color?.fixedColor ?? "green", theme) })).filter((arc) => arc.share > 0),
    color: typeof color?.values[row] === "string" ? cssColor(color.values[row] as string, theme) : cssColor("blue", theme),
  }));
}

function edgesOf(frame: Frame | undefined, theme: PanelProps["theme"], timeZone: string): (Edge & { text: string })[] {
  if (!frame) return [];
  const [source, target, main] = [columnOf(frame, "source"), columnOf(frame, "target"), columnOf(frame, "mainstat")];
  return (source?.values ?? []).map((value, row) => ({ source: String(value), target: String(target?.values[row]), text: main ? whole(display(main, theme, timeZone)(main.values[row])) : "" }));
}

function ring(arcs: readonly Arc[], fallback: string) {
  const around = 2 * Math.PI * RADIUS;
  let at = 0;
  const parts = arcs.length ? arcs : [{ share: 1, color: fallback }];
  return parts.map((arc, index) => {
    const start = at;
    at += arc.share;
    return <circle key={index} r={RADIUS} fill="none" stroke={arc.color} stroke-width={4} stroke-dasharray={`${arc.share * around} ${around}`} stroke-dashoffset={-start * around} transform="rotate(-90)" />;
  });
}

/** From rim to rim, so that the arrow is seen. */
function edgePath(a: Placed, b: Placed): string {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const bend = b.layer <= a.layer ? 60 : 0;
  const [x1, y1, x2, y2] = [a.x + ux * (RADIUS + 3), a.y + uy * (RADIUS + 3), b.x - ux * (RADIUS + 9), b.y - uy * (RADIUS + 9)];
  return bend ? `M${x1},${y1}Q${(x1 + x2) / 2},${(y1 + y2) / 2 - bend} ${x2},${y2}` : `M${x1},${y1}L${x2},${y2}`;
}

export default function NodeGraph({ panel, frames, theme, timeZone, width, height }: PanelProps) {
  const [focus, setFocus] = useState<string | null>(null);
  const graph = useMemo(() => {
    const nodeFrame = frames.find((frame) => frame.kind === "nodes") ?? frames.find((frame) => columnOf(frame, "id") && !columnOf(frame, "source"));
    const edges = edgesOf(frames.find((frame) => frame.kind === "edges") ?? frames.find((frame) => columnOf(frame, "source") && columnOf(frame, "target")), theme, timeZone);
    const nodes = nodeFrame ? nodesOf(nodeFrame, theme, timeZone) : [...new Set(edges.flatMap((edge) => [edge.source, edge.target]))].map((id): Shown => ({ id, title: id, subtitle: "", main: "", second: "", arcs: [], color: cssColor("blue", theme) }));
    return { nodes, edges, places: layered(nodes.map((node) => node.id), edges) };
  }, [frames, theme, timeZone]);
  if (!graph.nodes.length) return <Empty panel={panel} frames={frames} height={height} />;
  const right = Math.max(...[...graph.places.values()].map((place) => place.x)) + 90;
  const bottom = Math.max(...[...graph.places.values()].map((place) => place.y)) + 80;
  const near = (edge: Edge): boolean => focus === null || edge.source === focus || edge.target === focus;
  return (
    <svg class="wk-nodes" width={width} height={height} viewBox={`0 0 ${Math.max(right, 200)} ${Math.max(bottom, 120)}`} role="img" aria-label={`${panel.title || "Node graph"}: ${graph.edges.slice(0, 12).map((edge) => `${edge.source} to ${edge.target} ${edge.text}`).join(", ")}`}>
      <defs><marker id="wk-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8Z" fill="var(--ink-faint)" /></marker></defs>
      {graph.edges.map((edge, index) => {
        const [a, b] = [graph.places.get(edge.source), graph.places.get(edge.target)];
        if (!a || !b) return null;
        return (
          <g key={index} opacity={near(edge) ? 1 : 0.15}>
            <path d={edgePath(a, b)} fill="none" stroke="var(--ink-faint)" stroke-width={1.4} marker-end="url(#wk-arrow)" />
            {edge.text && <text x={(a.x + b.x) / 2} y={(a.y + b.y) / 2 - 5} text-anchor="middle" class="wk-nodes-edge">{edge.text}</text>}
          </g>
        );
      })}
      {graph.nodes.map((node) => {
        const place = graph.places.get(node.id)!;
        const dim = focus !== null && focus !== node.id && !graph.edges.some((edge) => near(edge) && (edge.source === node.id || edge.target === node.id));
        return (
          <g key={node.id} transform={`translate(${place.x} ${place.y})`} opacity={dim ? 0.25 : 1} onMouseEnter={() => setFocus(node.id)} onMouseLeave={() => setFocus(null)}>
            <circle r={RADIUS - 2} fill="var(--raised)" />
            {ring(node.arcs, node.color)}
            <text text-anchor="middle" y={node.second ? -1 : 4}>{node.main}</text>
            <text text-anchor="middle" y={13} class="wk-nodes-second">{node.second}</text>
            <text text-anchor="middle" y={RADIUS + 18} class="wk-nodes-title">{node.title}</text>
            {node.subtitle && <text text-anchor="middle" y={RADIUS + 31} class="wk-nodes-second">{node.subtitle}</text>}
          </g>
        );
      })}
    </svg>
  );
}
