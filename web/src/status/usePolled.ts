/** Asking again and again while somebody looks, without keeping the session alive and without losing the last good answer. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Failed } from "../ask/ask";

export interface Polled<T> {
  /** The last good answer, also while later ones fail. */
  data: T | null;
  /** When it came, milliseconds since 1970; 0: never. */
  at: number;
  /** Why the latest attempt failed, for a person; empty: it did not. */
  failure: string;
  refresh(): void;
}

export const reasonOf = (error: unknown): string => (error instanceof Failed || error instanceof Error ? error.message : String(error));

/** `every_ms` 0: once. A hidden tab does not ask; it asks at once when it is looked at again. `key`: what makes it another question. */
export function usePolled<T>(read: (options: { signal: AbortSignal; background: boolean }) => Promise<T>, every_ms: number, key: string): Polled<T> {
  const [state, setState] = useState<{ data: T | null; at: number; failure: string; key: string }>({ data: null, at: 0, failure: "", key });
  const reading = useRef(read);
  reading.current = read;
  const askNow = useRef<() => void>(() => undefined);
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    const ask = async (background: boolean) => {
      if (isAsking) return;
      isAsking = true;
      clearTimeout(timer);
      try {
        const data = await reading.current({ signal: ended.signal, background });
        if (!ended.signal.aborted) setState({ data, at: Date.now(), failure: "", key });
      } catch (error) {
        if (!ended.signal.aborted) setState((last) => ({ ...(last.key === key ? last : { data: null, at: 0, key }), failure: reasonOf(error) }));
      }
      isAsking = false;
      if (every_ms > 0 && !ended.signal.aborted) timer = setTimeout(() => void (document.hidden ? undefined : ask(true)), every_ms);
    };
    const onShown = () => void (!document.hidden && every_ms > 0 && ask(true));
    document.addEventListener("visibilitychange", onShown);
    askNow.current = () => void ask(false);
    void ask(false);
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onShown);
    };
  }, [every_ms, key]);
  const refresh = useCallback(() => askNow.current(), []);
  return { ...(state.key === key ? state : { data: null, at: 0, failure: "" }), refresh };
}
