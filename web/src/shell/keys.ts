/** Keyboard shortcuts: pages say what they offer, the help (`?`) lists it. Nothing fires while somebody types. */

import { useLayoutEffect } from "preact/hooks";

export interface Shortcut {
  /** One key as KeyboardEvent.key gives it, or two after each other: "g h". */
  keys: string;
  help: string;
  run: (event: KeyboardEvent) => void;
}

const SECOND_KEY_WITHIN_MS = 1200;
const groups: { title: string; shortcuts: readonly Shortcut[] }[] = [];
/** The first of two keys, and when it was pressed: by the events' own clock, for a busy page may hear of the second one late. */
let first = { key: "", at: 0 };

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) && event.key !== "Escape") return;
  // what a dialog covers does not listen
  if (event.key !== "?" && document.querySelector("dialog:modal")) return;
  const all = groups.flatMap((group) => group.shortcuts).reverse();
  const both = first.key !== "" && event.timeStamp - first.at <= SECOND_KEY_WITHIN_MS ? `${first.key} ${event.key}` : "";
  const found = all.find((one) => one.keys === both) ?? all.find((one) => one.keys === event.key);
  first = { key: "", at: 0 };
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (all.some((one) => one.keys.startsWith(`${event.key} `))) {
    first = { key: event.key, at: event.timeStamp };
  }
}

globalThis.addEventListener?.("keydown", onKey);

/**
 * Offer shortcuts while the component is shown. Later ones win over earlier ones.
 *
 * As soon as it is drawn, not after the next frame: whoever sees a page may press a key.
 */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[]): void {
  useLayoutEffect(() => {
    const group = { title, shortcuts };
    groups.push(group);
    return () => void groups.splice(groups.indexOf(group), 1);
  });
}

export const offered = (): readonly { title: string; shortcuts: readonly Shortcut[] }[] => groups.filter((group) => group.shortcuts.length > 0);
