/** A dashboard on the screen: variables, time, rows and panels; and when which queries are asked. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { StoredDashboard } from "../ask/dashboards";
import type { TimeRange } from "../frame/frame";
import type { AnnotationMark } from "../panels/panel";
import { Icon } from "../shell/icons";
import { useShortcuts } from "../shell/keys";
import { Later } from "../shell/Later";
import { navigate, setQuery } from "../shell/location";
import { useSession } from "../shell/Shell";
import { useTheme } from "../shell/theme";
import { toast } from "../shell/toasts";
import { absolute, moved, TimeControls, zoomedOut } from "../time/TimeControls";
import { resolveRange } from "../time/range";
import { allVariablesChange, readState, REFRESHES, refreshName, variableChange } from "./address";
import { makeCrosshair } from "./crosshair";
import "./dashboard.css";
import { filterText, interpolate, type Scope, variablesIn } from "./interpolate";
import { HEADING_PX, inView, layOut, NARROW_PX, type Placed } from "./layout";
import { exploreAddress } from "./links";
import type { Dashboard, Panel, Row } from "./model";
import { PanelFrame } from "./PanelFrame";
import { type Filtering, planPanel, textsOf } from "./queries";
import { expand } from "./repeat";
import { Runner } from "./runner";
import { useVariables } from "./useVariables";

const PAGE_PADDING_PX = 16;

export function Board({ board, meta, query }: { board: Dashboard; meta: StoredDashboard["meta"]; query: URLSearchParams }) {
  const theme = useTheme();
  const user = useSession()?.user ?? "";
  const state = useMemo(() => readState(board, query), [board, query]);
  const [now, setNow] = useState(() => Date.now());
  const [waiting, setWaiting] = useState(0);
  const runner = useMemo(() => new Runner(setWaiting), []);
  const range = useMemo(() => resolveRange(state.raw, now, state.zone), [state.raw.from, state.raw.to, state.zone, now]);
  const rest = useMemo(() => ({ range, timeZone: state.zone, dashboard: { uid: board.uid, title: board.title }, user }), [range, state.zone, board, user]);
  const variables = useVariables(board, state.wanted, rest);
  const { choices } = variables;
  const scope = useMemo<Scope>(() => ({ ...rest, choices, fixed: {} }), [rest, choices]);
  const filtering = useFiltering(scope);
  const annotations = useAnnotations(board, scope, variables.waiting.size === 0);
  const crosshair = useMemo(makeCrosshair, []);
  const own = useRef(new Map<string, ReturnType<typeof makeCrosshair>>());
  const pointed = useRef<Panel | null>(null);
  const [inspected, setInspected] = useState<Panel | null>(null);
  const [opened, setOpened] = useState<Readonly<Record<string, boolean>>>({});

  const { width, top, height, canvas } = useViewport();
  const rows = useMemo(() => expand(board, choices), [board, choices]);
  const tabs = useMemo(() => [...new Set(board.rows.flatMap((row) => (row.tab ? [row.tab] : [])))], [board]);
  const tab = tabs.includes(state.tab) ? state.tab : tabs[0];
  const layout = useMemo(() => {
    const alone = state.viewPanel === "" ? undefined : rows.flatMap((row) => row.panels).find((panel) => panel.key === state.viewPanel);
    if (alone) return single(alone, width, height);
    const shown = tab === undefined ? rows : rows.filter((row) => row.tab === tab);
    return layOut(shown, width, (row) => opened[row.key] ?? !row.collapsed);
  }, [rows, width, opened, state.viewPanel, tab, state.viewPanel === "" ? 0 : height]);
  const visible = useVisible(layout, top, height);

  // what the next refresh is for: a timer keeps no session alive, a person asks again even if nothing changed
  const cause = useRef<"person" | "timer" | "view">("view");
  useLayoutEffect(() => {
    if (filtering === undefined) return; // unfiltered answers would be wrong ones
    const all = rows.flatMap((row) => row.panels);
    runner.keepOnly(new Set(all.map((panel) => panel.key)));
    const plans = visible
      .filter(({ panel, row }) => !mustWait(panel, row, variables))
      .map(({ panel, rect }) => planPanel(panel, { scope, now: range.to, width: rect.width, filtering, panels: all }));
    runner.run(plans, { background: cause.current === "timer", again: cause.current === "person" });
    cause.current = "view";
  }, [visible, scope, filtering, variables]);
  useEffect(() => () => runner.stop(), []);

  const refresh = useCallback((by: "person" | "timer") => {
    cause.current = by;
    setNow(Date.now());
  }, []);
  useRefresh(state.refresh_s, () => refresh("timer"));

  const zoom = useCallback((to: TimeRange) => setQuery({ ...absolute(to) }), []);
  const view = useCallback((key: string) => setQuery({ viewPanel: key === "" ? null : key }), []);
  const filterVariable = board.variables.find((variable) => variable.type === "adhoc");
  const onFilter = useMemo(() => {
    if (!filterVariable) return undefined;
    return (label: string, value: string, keep: boolean) => {
      const before = choices.get(filterVariable.name)?.variable.filters ?? [];
      setQuery({ [`var-${filterVariable.name}`]: [...before, { label, operator: keep ? ("=" as const) : ("!=" as const), value }].map(filterText) });
    };
  }, [filterVariable, choices]);

  useShortcuts(board.title, [
    { keys: "r", help: "Refresh", run: () => refresh("person") },
    { keys: "t z", help: "Zoom the time out", run: () => zoom(zoomedOut(range)) },
    { keys: "t ArrowLeft", help: "Earlier", run: () => zoom(moved(range, -1)) },
    { keys: "t ArrowRight", help: "Later", run: () => zoom(moved(range, 1)) },
    { keys: "t a", help: "Keep this time in the address", run: () => zoom(range) },
    { keys: "k", help: "Only the panels, or the bars again", run: () => setQuery({ kiosk: query.has("kiosk") ? null : "1" }) },
    { keys: "v", help: "The panel under the pointer alone, or all again", run: () => (state.viewPanel ? view("") : pointed.current && view(pointed.current.key)) },
    { keys: "i", help: "Look into the panel under the pointer", run: () => setInspected(pointed.current) },
    { keys: "x", help: "Take the panel's query to explore", run: () => pointed.current && navigate(exploreAddress(pointed.current, scope) || location.pathname + location.search) },
    { keys: "Escape", help: "Back from a panel alone", run: () => (state.viewPanel ? view("") : query.has("kiosk") && setQuery({ kiosk: null })) },
  ]);

  const share = () => {
    const address = new URL(location.href);
    address.searchParams.set("from", String(Math.round(range.from)));
    address.searchParams.set("to", String(Math.round(range.to)));
    for (const [name, values] of Object.entries(allVariablesChange(choices))) {
      address.searchParams.delete(name);
      for (const value of values ?? []) address.searchParams.append(name, value);
    }
    navigator.clipboard?.writeText(address.href).then(
      () => toast("The address of exactly this view was copied."),
      () => toast(address.href),
    );
  };

  return (
    <div class="board">
      <header class="board-head">
        <h1>{board.title}</h1>
        {meta.folder && <span class="chip">{meta.folder}</span>}
        {board.links.length > 0 && <Later load={() => import("./BoardLinks")} props={{ board, scope, raw: state.raw }} />}
        <button type="button" class="plain wide-only" aria-label="Copy the address of this view" title="Copy the address of this view" onClick={share}>
          <Icon name="share" />
        </button>
        <TimeControls
          raw={state.raw}
          range={range}
          zone={state.zone}
          busy={waiting > 0}
          refreshes={REFRESHES}
          refreshName={refreshName(state.refresh_s)}
          onRange={(raw) => setQuery({ from: raw.from, to: raw.to })}
          onZone={(zone) => setQuery({ timezone: zone })}
          onRefresh={() => refresh("person")}
          onRefreshEvery={(name) => setQuery({ refresh: name === "Off" ? "off" : name })}
        />
      </header>
      {board.variables.some((variable) => variable.hide !== "all") && (
        <div class="variables" role="group" aria-label="Variables">
          <Later load={() => import("./VariableBar")} props={{ choices, problems: variables.problems, onChange: (name: string, values: readonly string[]) => setQuery(variableChange(name, values)) }} />
        </div>
      )}
      {[...board.losses, ...annotations.problems].map((loss) => (
        <p class="notice board-loss" key={loss}>
          <Icon name="warning" />
          {loss}
        </p>
      ))}
      {tabs.length > 0 && state.viewPanel === "" && (
        <div class="tabs" role="tablist">
          {tabs.map((one) => (
            <button key={one} type="button" role="tab" aria-selected={one === tab} onClick={() => setQuery({ tab: one })}>
              {one}
            </button>
          ))}
        </div>
      )}
      <div class="canvas" ref={canvas} style={{ height: `${layout.height}px` }}>
        {layout.headings.map(({ row, y, open }) => (
          <h2 class="row-heading" key={row.key} style={{ transform: `translateY(${y}px)`, height: `${HEADING_PX}px` }}>
            <button type="button" aria-expanded={open} onClick={() => setOpened({ ...opened, [row.key]: !open })}>
              <Icon name={open ? "down" : "right"} />
              {interpolate(row.title, { ...scope, fixed: row.scope ?? {} }, "text") || "Row"}
              {!open && <small>{row.panels.length === 1 ? "1 panel" : `${row.panels.length} panels`}</small>}
            </button>
          </h2>
        ))}
        {visible.map(({ panel, rect }) => (
          <PanelFrame
            key={panel.key}
            panel={panel}
            rect={rect}
            runner={runner}
            scope={scope}
            theme={theme}
            crosshair={board.crosshair === "off" ? ownCrosshair(own.current, panel.key) : crosshair}
            annotations={annotations.marks}
            isAlone={state.viewPanel === panel.key}
            onZoom={zoom}
            onFilter={onFilter}
            onView={view}
            onInspect={setInspected}
            onPoint={(panel) => (pointed.current = panel)}
          />
        ))}
        {layout.panels.length === 0 && layout.headings.length === 0 && <p class="message">This dashboard has no panels.</p>}
      </div>
      {inspected && <Later load={() => import("./Inspect")} props={{ panel: inspected, runner, scope, onClose: () => setInspected(null) }} />}
    </div>
  );
}

function ownCrosshair(all: Map<string, ReturnType<typeof makeCrosshair>>, key: string) {
  const found = all.get(key) ?? makeCrosshair();
  all.set(key, found);
  return found;
}

const MIN_ALONE_PX = 320;

function single(panel: Panel, width: number, height: number) {
  const rect = { x: 0, y: 0, width, height: Math.max(MIN_ALONE_PX, height - 140) };
  return { headings: [], panels: [{ panel, row: { key: "", title: "", collapsed: false, panels: [panel] }, rect }], height: rect.height };
}

/** Queries that use a variable whose worth may still change would be asked twice. */
function mustWait(panel: Panel, row: Row, { waiting, waitingForOptions, choices }: ReturnType<typeof useVariables>): boolean {
  if (waiting.size === 0 && waitingForOptions.size === 0) return false;
  const repeated = [panel.repeat?.variable, row.repeat].filter((name) => name !== undefined);
  if (repeated.some((name) => waitingForOptions.has(name))) return true;
  if (waiting.size === 0) return false;
  const used = new Set(variablesIn(textsOf(panel)));
  // an interval or a data source may be named by another variable's value
  for (const name of [...used]) for (const inner of variablesIn(choices.get(name)?.values.join(" ") ?? "")) used.add(inner);
  return [...used].some((name) => waiting.has(name));
}

/** The part of the page that can be seen, in the coordinates of the panels' canvas. */
function useViewport() {
  const canvas = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(() => ({ width: Math.max(280, document.documentElement.clientWidth - sidePadding() * 2), top: 0, height: innerHeight }));
  useLayoutEffect(() => {
    let frame = 0;
    const read = () => {
      frame = 0;
      const box = canvas.current!.getBoundingClientRect();
      const next = { width: Math.round(box.width), top: Math.round(-box.top / SCROLL_GRAIN_PX) * SCROLL_GRAIN_PX, height: innerHeight };
      setSeen((before) => (before.width === next.width && before.top === next.top && before.height === next.height ? before : next));
    };
    const later = () => (frame ||= requestAnimationFrame(read));
    const observer = new ResizeObserver(later);
    observer.observe(canvas.current!);
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      removeEventListener("scroll", later);
      removeEventListener("resize", later);
    };
  }, []);
  return { ...seen, canvas };
}

const SCROLL_GRAIN_PX = 120;
const sidePadding = () => (innerWidth <= NARROW_PX ? 8 : PAGE_PADDING_PX);

/** Panels once seen stay: their data is there when somebody scrolls back. */
function useVisible(layout: ReturnType<typeof layOut>, top: number, height: number): readonly Placed[] {
  const seen = useRef(new Set<string>());
  const last = useRef<readonly Placed[]>([]);
  return useMemo(() => {
    for (const { panel } of inView(layout, top, height)) seen.current.add(panel.key);
    const next = layout.panels.filter(({ panel }) => seen.current.has(panel.key));
    const isSame = next.length === last.current.length && next.every((one, index) => one === last.current[index]);
    if (!isSame) last.current = next;
    return last.current;
  }, [layout, top, height]);
}

/** A hidden page waits until it is seen again. */
function useRefresh(seconds: number, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (seconds <= 0) return;
    let missed = false;
    const timer = setInterval(() => {
      missed = document.hidden;
      if (!document.hidden) latest.current();
    }, Math.max(1, seconds) * 1000);
    const onShow = () => {
      if (!document.hidden && missed) latest.current();
      missed = false;
    };
    document.addEventListener("visibilitychange", onShow);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onShow);
    };
  }, [seconds]);
}

/** The code that changes queries is large and loaded only for dashboards that filter; undefined until it is there. */
function useFiltering(scope: Scope): Filtering | null | undefined {
  const filters = useMemo(
    () =>
      [...scope.choices.values()].flatMap(({ variable }) => {
        if (variable.type !== "adhoc") return [];
        const kind = /loki|logs/.test(`${variable.datasource?.type} ${variable.datasource?.uid}`) ? ("logs" as const) : ("prometheus" as const);
        return (variable.filters ?? []).map((filter) => ({ kind, filter }));
      }),
    [scope.choices],
  );
  const [add, setAdd] = useState<{ add: Filtering["add"] } | null>(null);
  const wanted = filters.length > 0;
  useEffect(() => {
    if (wanted && !add) void import("./filtering").then(({ addFilter }) => setAdd({ add: addFilter }));
  }, [wanted, add]);
  return useMemo(() => (!wanted ? null : add ? { filters, add: add.add } : undefined), [filters, add, wanted]);
}

const NO_MARKS: { marks: readonly AnnotationMark[]; problems: readonly string[] } = { marks: [], problems: [] };

function useAnnotations(board: Dashboard, scope: Scope, ready: boolean) {
  const [found, setFound] = useState(NO_MARKS);
  const active = board.annotations.some((annotation) => annotation.enabled);
  useEffect(() => {
    if (!active || !ready) return;
    const stop = new AbortController();
    const asked = import("./annotations").then(({ askAnnotations }) => askAnnotations(board.annotations, scope, stop.signal));
    asked.then(
      (next) => !stop.signal.aborted && setFound((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next)),
      () => undefined, // the panels tell that the console cannot be asked
    );
    return () => stop.abort();
  }, [board, scope, active, ready]);
  return found;
}
