/** A part whose code is loaded only when it is wanted. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function Later<P extends object>({ load, props }: { load: () => Promise<{ default: ComponentType<P> }>; props: P }) {
  const [Part, setPart] = useState<ComponentType<P> | null>(null);
  useEffect(() => {
    let wanted = true;
    void load().then((module) => wanted && setPart(() => module.default));
    return () => void (wanted = false);
  }, []);
  return Part ? <Part {...props} /> : null;
}
