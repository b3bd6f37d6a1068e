/** A part whose code is loaded only when it is wanted. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

const AGAIN_AFTER_MS = 700;

/** Load code; once more if it did not arrive, for networks change and servers restart. */
export async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    return load();
  }
}

export function Later<P extends object>({ load, props }: { load: () => Promise<{ default: ComponentType<P> }>; props: P }) {
  const [Part, setPart] = useState<ComponentType<P> | null>(null);
  useEffect(() => {
    let wanted = true;
    void loaded(load).then((module) => wanted && setPart(() => module.default));
    return () => void (wanted = false);
  }, []);
  return Part ? <Part {...props} /> : null;
}
