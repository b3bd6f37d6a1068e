/** Links of the line that was clicked, in a small menu beside the pointer. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";

import { readyLinks, type ReadyLink } from "../format/links";
import type { GraphProps } from "./Graph";
import { hideTooltip, textOf } from "./tooltip";

export interface OpenLinks {
  name: string;
  links: readonly ReadyLink[];
  left: number;
  top: number;
}

/** null where the nearest line has no links. The pointer's place is relative to the graph. */
export function linksAt(graph: uPlot, { plan, theme, timeZone, interpolate }: GraphProps, place: number | null, event: MouseEvent): OpenLinks | null {
  const line = place === null ? undefined : plan.lines[place];
  const row = place === null ? null : graph.cursor.idxs?.[place + 1];
  if (!line || row == null || !interpolate || !line.field.config.links?.length) return null;
  const told = { ...line.field, values: line.raw };
  const links = readyLinks(line.field.config.links, told, row, textOf(line, theme, timeZone)(line.raw[row]), interpolate, line.frame.fields, plan.x[row]);
  const box = graph.root.getBoundingClientRect();
  return links.length ? { name: line.name, links, left: event.clientX - box.left, top: event.clientY - box.top } : null;
}

export function LinkMenu({ open, onClose }: { open: OpenLinks; onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    hideTooltip();
    box.current?.querySelector("a")?.focus();
    const outside = (event: Event): void => void (box.current?.contains(event.target as Node) || onClose());
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  return (
    <div ref={box} class="wk-links" role="menu" aria-label={`Links of ${open.name}`} style={{ left: `${open.left}px`, top: `${open.top}px` }} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <div class="wk-links-head">{open.name}</div>
      {open.links.map((link, index) => <a key={index} role="menuitem" href={link.url} target={link.target} rel="noopener noreferrer">{link.title}</a>)}
    </div>
  );
}
