/** Places for the nodes of a directed graph: callers left of those they call. Pure. */

export interface Edge {
  source: string;
  target: string;
}

export interface Placed {
  x: number;
  y: number;
  layer: number;
}

const COLUMN = 190;
const ROW = 120;
const FIRST = { x: 90, y: 60 };

/** The longest way from a node that nobody calls; calls back to a caller do not count. */
function layersOf(nodes: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const calls = new Map<string, string[]>();
  for (const edge of edges) calls.set(edge.source, [...(calls.get(edge.source) ?? []), edge.target]);
  const called = new Set(edges.filter((edge) => edge.source !== edge.target).map((edge) => edge.target));
  const layer = new Map<string, number>();
  const onWay = new Set<string>();
  const visit = (node: string, depth: number): void => {
    if (onWay.has(node) || (layer.get(node) ?? -1) >= depth) return;
    layer.set(node, depth);
    onWay.add(node);
    for (const next of calls.get(node) ?? []) visit(next, depth + 1);
    onWay.delete(node);
  };
  for (const node of nodes) if (!called.has(node)) visit(node, 0);
  // What is left stands in a ring of calls: any of them may be the first.
  for (const node of nodes) if (!layer.has(node)) visit(node, 0);
  return layer;
}

export function layered(nodes: readonly string[], edges: readonly Edge[]): Map<string, Placed> {
  const known = new Set(nodes);
  const layer = layersOf(nodes, edges.filter((edge) => known.has(edge.source) && known.has(edge.target)));
  const columns = new Map<number, string[]>();
  for (const node of nodes) columns.set(layer.get(node)!, [...(columns.get(layer.get(node)!) ?? []), node]);
  const tallest = Math.max(1, ...[...columns.values()].map((column) => column.length));
  const places = new Map<string, Placed>();
  for (const [depth, column] of [...columns].sort((a, b) => a[0] - b[0])) {
    // Beside the middle of those who call them: fewer lines cross.
    const pull = (node: string): number => {
      const from = edges.filter((edge) => edge.target === node).map((edge) => places.get(edge.source)?.y).filter((y) => y !== undefined);
      return from.length ? from.reduce((sum, y) => sum + y, 0) / from.length : 0;
    };
    const ordered = column.map((node) => ({ node, at: pull(node) })).sort((a, b) => a.at - b.at);
    const offset = ((tallest - column.length) * ROW) / 2;
    ordered.forEach(({ node }, index) => places.set(node, { x: FIRST.x + depth * COLUMN, y: FIRST.y + offset + index * ROW, layer: depth }));
  }
  return places;
}
