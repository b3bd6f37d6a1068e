/** What is written right now. Pausing keeps what comes meanwhile. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../shell/keys";
import { Notice } from "../status/marks";
import { count } from "../status/words";
import { CONNECTING, tail } from "./askLogs";
import type { LogLine } from "./log-lines";
import { LogRows } from "./LogRows";
import type { LogFilter } from "./logql-edit";

const KEPT = 1000;
const DRAW_EVERY_MS = 250;

export function TailView({ query, wrap, onFilter }: { query: string; wrap: boolean; onFilter: (filter: LogFilter) => void }) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [state, setState] = useState(CONNECTING);
  const [dropped, setDropped] = useState(0);
  const [waitingLines, setWaitingLines] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const pause = useRef(false);
  pause.current = isPaused;
  // the newest first; a busy stream must not draw once for each line
  const waiting = useRef<LogLine[]>([]);
  useEffect(() => {
    const listening = tail(query, (fresh) => (waiting.current = [...fresh.reverse(), ...waiting.current].slice(0, KEPT)), setState, (entries) => setDropped((before) => before + entries));
    const timer = setInterval(() => {
      const fresh = waiting.current;
      setWaitingLines(pause.current ? fresh.length : 0);
      if (fresh.length === 0 || pause.current) return;
      waiting.current = [];
      setLines((before) => [...fresh, ...before].slice(0, KEPT));
    }, DRAW_EVERY_MS);
    return () => {
      listening.stop();
      clearInterval(timer);
    };
  }, [query]);
  useShortcuts("Live tail", [{ keys: "p", help: "Pause or go on", run: () => setPaused(!pause.current) }]);
  return (
    <section class="card answer" aria-label="Live tail">
      <header class="head">
        <h2 aria-live="polite">{isPaused ? `Paused${waitingLines > 0 ? `, ${count(waitingLines, "line")} waiting` : ""}` : state === "" ? "Live" : state}</h2>
        <span class="faint">{count(lines.length, "line")}</span>
        <span class="acts">
          <button type="button" class="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>{isPaused ? "Go on" : "Pause"}</button>
          <button type="button" class="button" onClick={() => setLines([])}>Clear</button>
        </span>
      </header>
      {dropped > 0 && <Notice>{count(dropped, "line")} came faster than could be sent, and were left out.</Notice>}
      {lines.length === 0 && <p class="message">Waiting for lines.</p>}
      <LogRows lines={lines} wrap={wrap} dedup="none" onFilter={onFilter} />
    </section>
  );
}
