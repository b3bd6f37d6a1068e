/** Spans as a tree: the order of the waterfall, and the path that the whole duration depends on. Pure. */

import type { Span, Trace } from "./trace";
import { shownValue } from "./trace";

export interface Node {
  span: Span;
  depth: number;
  /** By start. */
  children: readonly Node[];
}

/** Roots first by start. A span whose parent is not in the trace is a root, and so is one of a circle of parents. */
export function treeOf(trace: Trace): Node[] {
  const byParent = new Map<string, Span[]>();
  const ids = new Set(trace.spans.map(({ id }) => id));
  for (const span of trace.spans) {
    const parent = ids.has(span.parentId) && span.parentId !== span.id ? span.parentId : "";
    byParent.set(parent, [...(byParent.get(parent) ?? []), span]);
  }
  const seen = new Set<string>();
  const build = (span: Span, depth: number): Node => {
    seen.add(span.id);
    const children = (byParent.get(span.id) ?? []).filter(({ id }) => !seen.has(id));
    return { span, depth, children: children.map((child) => build(child, depth + 1)) };
  };
  const roots = (byParent.get("") ?? []).map((span) => build(span, 0));
  for (const span of trace.spans) if (!seen.has(span.id)) roots.push(build(span, 0));
  return roots;
}

export interface Row {
  span: Span;
  depth: number;
  /** Spans below it, on all levels. */
  below: number;
  isCollapsed: boolean;
}

/** The lines of the waterfall from top to bottom, without what is below a collapsed span. */
export function rowsOf(roots: readonly Node[], collapsed: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const visit = ({ span, depth, children }: Node) => {
    const isCollapsed = collapsed.has(span.id);
    const row = { span, depth, below: 0, isCollapsed };
    rows.push(row);
    row.below = children.reduce((sum, child) => sum + sizeOf(child), 0);
    if (!isCollapsed) for (const child of children) visit(child);
  };
  for (const root of roots) visit(root);
  return rows;
}

const sizeOf = (node: Node): number => node.children.reduce((sum, child) => sum + sizeOf(child), 1);

/** Microseconds after the beginning of the trace. */
export interface Section {
  spanId: string;
  from_us: number;
  to_us: number;
}

/**
 * Which span the trace waited for at each moment, by time: shortening any of them shortens the trace. From the end of the
 * first root backwards: the child that ended last, then what ended last before that child began, and the span itself
 * in between. What a child did before or after its parent is not waited for.
 */
export function criticalPath(roots: readonly Node[]): Section[] {
  const root = roots[0];
  if (root === undefined) return [];
  const sections: Section[] = [];
  const walk = ({ span, children }: Node, from_us: number, to_us: number) => {
    let until = to_us;
    const inside = children
      .map((node) => ({ node, from: Math.max(node.span.start_us, from_us), to: Math.min(node.span.start_us + node.span.duration_us, to_us) }))
      .filter(({ from, to }) => from < to)
      .sort((a, b) => b.to - a.to);
    for (const { node, from, to } of inside) {
      if (to > until) continue; // something that ended later was waited for instead
      if (to < until) sections.push({ spanId: span.id, from_us: to, to_us: until });
      walk(node, from, to);
      until = from;
    }
    if (from_us < until) sections.push({ spanId: span.id, from_us, to_us: until });
  };
  walk(root, root.span.start_us, root.span.start_us + root.span.duration_us);
  return sections.sort((a, b) => a.from_us - b.from_us);
}

/** Ids of the spans in which `text` occurs: in the name, service, ids, attributes or events, without regard to case. */
export function found(trace: Trace, text: string): Set<string> {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return new Set();
  const has = (value: string) => value.toLowerCase().includes(wanted);
  const inPairs = (pairs: Span["attributes"]) => Object.entries(pairs).some(([name, value]) => has(`${name}=${shownValue(value)}`));
  return new Set(trace.spans.filter((span) =>
    has(span.name) || has(span.service) || has(span.id) || has(span.statusMessage) || inPairs(span.attributes) || inPairs(span.resource) ||
    span.events.some((event) => has(event.name) || inPairs(event.attributes))).map(({ id }) => id));
}
