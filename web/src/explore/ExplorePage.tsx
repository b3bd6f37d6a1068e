/** Explore: ask the metrics or the logs anything. The address holds the question. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { TimeRange } from "../frame/frame";
import { useShortcuts } from "../shell/keys";
import { navigate } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { toast } from "../shell/toasts";
import { resolveRange } from "../time/range";
import { absolute, moved, TimeControls, zoomedOut } from "../time/TimeControls";
import { readAddress, writeAddress, type ExploreState, type Source } from "./address";
import { LogsExplore } from "./LogsExplore";
import { MetricsExplore } from "./MetricsExplore";
import "../status/marks.css";
import "./explore.css";

const REFRESHES = [["Off", 0], ["5s", 5], ["10s", 10], ["30s", 30], ["1m", 60], ["5m", 300]] as const;

/** What both halves of the page are given. */
export interface Exploring {
  state: ExploreState;
  range: TimeRange;
  /** Changes when the same question is asked again. */
  turn: number;
  /** Leaves an entry to go back to. */
  go: (changes: Partial<ExploreState>) => void;
  /** Ask again, though nothing has changed. */
  again: () => void;
  onBusy: (isBusy: boolean) => void;
}

export default function ExplorePage({ query }: PageProps) {
  const state = useMemo(() => readAddress(query), [query.toString()]);
  const [turn, setTurn] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const [every, setEvery] = useState("Off");
  const again = useCallback(() => setTurn((last) => last + 1), []);
  // a relative range means another one each time it is asked
  const range = useMemo(() => resolveRange(state.raw, Date.now(), state.zone), [state, turn]);
  const go = (changes: Partial<ExploreState>) => {
    const to = `/explore?${writeAddress({ ...state, ...changes })}`;
    if (to === location.pathname + location.search) again();
    else navigate(to);
  };
  useEffect(() => {
    const seconds = REFRESHES.find(([name]) => name === every)?.[1] ?? 0;
    if (seconds === 0) return;
    const timer = setInterval(() => !document.hidden && again(), seconds * 1000);
    return () => clearInterval(timer);
  }, [every]);
  const zoomTo = (to: TimeRange) => go({ raw: absolute(to) });
  useShortcuts("Explore", [
    { keys: "r", help: "Run again", run: again },
    { keys: "t z", help: "Zoom out", run: () => zoomTo(zoomedOut(range)) },
    { keys: "t ArrowLeft", help: "Earlier", run: () => zoomTo(moved(range, -1)) },
    { keys: "t ArrowRight", help: "Later", run: () => zoomTo(moved(range, 1)) },
    { keys: "/", help: "Write the query", run: () => document.querySelector<HTMLElement>(".explore .cm-content")?.focus() },
  ]);
  const exploring: Exploring = { state, range, turn, go, again, onBusy: setBusy };
  return (
    <div class="page wide explore">
      <header>
        <h1>Explore</h1>
        <Sources source={state.source} onChange={(source) => go({ source, rows: [{ expr: "", isOff: false }], view: "graph" })} />
        <button type="button" class="button" onClick={() => void share()}>Share</button>
        <TimeControls
          raw={state.raw} range={range} zone={state.zone} onRange={(raw) => go({ raw })} onZone={(zone) => go({ zone })} onRefresh={again} busy={isBusy}
          refreshes={REFRESHES.map(([name, seconds]) => ({ name, seconds }))} refreshName={every} onRefreshEvery={setEvery}
        />
      </header>
      {state.source === "metrics" ? <MetricsExplore key="metrics" {...exploring} /> : <LogsExplore key="logs" {...exploring} />}
    </div>
  );
}

async function share(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    toast("The link is copied.");
  } catch {
    toast("The browser refused to copy the link; it is in the address bar.", "failure");
  }
}

const Sources = ({ source, onChange }: { source: Source; onChange: (source: Source) => void }) => (
  <div class="choice sources" role="radiogroup" aria-label="What to ask">
    {(["metrics", "logs"] as const).map((one) => (
      <button key={one} type="button" role="radio" aria-checked={source === one} onClick={() => source !== one && onChange(one)}>{one === "metrics" ? "Metrics" : "Logs"}</button>
    ))}
    <a href="/traces">Traces</a>
  </div>
);
