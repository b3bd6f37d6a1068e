/** One moment, shared between graphs without drawing any component anew. */

import type { Crosshair } from "../panels/panel";

export function makeCrosshair(): Crosshair {
  const listeners = new Set<(time: number | null, from: string) => void>();
  return {
    moveTo(time, from) {
      for (const listener of listeners) listener(time, from);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
