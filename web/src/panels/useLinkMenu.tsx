/** A click on a value opens the menu of its links, where it has some. The element around must be positioned. */

import { useState } from "preact/hooks";

import { LinkMenu, type OpenLinks } from "../draw/LinkMenu";
import { readyLinks } from "../format/links";
import type { Field } from "../frame/frame";
import type { PanelProps } from "./panel";

export function useLinkMenu(interpolate: PanelProps["interpolate"]) {
  const [open, setOpen] = useState<OpenLinks | null>(null);
  /** `within` is the element that the menu is placed in. */
  const show = (event: MouseEvent, within: Element, name: string, field: Field, row: number | null, text: string, rows?: readonly Field[]): void => {
    const links = readyLinks(field.config.links, field, row, text, interpolate, rows);
    const box = within.getBoundingClientRect();
    setOpen(links.length ? { name, links, left: event.clientX - box.left, top: event.clientY - box.top } : null);
  };
  return { show, menu: open && <LinkMenu open={open} onClose={() => setOpen(null)} /> };
}
