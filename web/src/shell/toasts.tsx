/** Short words about what just happened, at the edge of the page, read out by screen readers. */

import { useLayoutEffect, useState } from "preact/hooks";

interface Toast {
  id: number;
  text: string;
  kind: "info" | "failure";
}

const SHOWN_MS = 6000;
let next = 1;
let shown: readonly Toast[] = [];
let redraw: (() => void) | null = null;

function set(toasts: readonly Toast[]): void {
  shown = toasts;
  redraw?.();
}

/** Say something; a failure stays until it is closed. */
export function toast(text: string, kind: Toast["kind"] = "info"): void {
  const mine = { id: next++, text, kind };
  set([...shown, mine]);
  if (kind === "info") setTimeout(() => set(shown.filter((one) => one !== mine)), SHOWN_MS);
}

export function Toasts() {
  const [, count] = useState(0);
  useLayoutEffect(() => {
    redraw = () => count((n) => n + 1);
    // what was said before this was there
    if (shown.length > 0) redraw();
    return () => void (redraw = null);
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} class={`toast ${one.kind}`}>
          <span>{one.text}</span>
          <button type="button" class="plain" aria-label="Close" onClick={() => set(shown.filter((other) => other !== one))}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
