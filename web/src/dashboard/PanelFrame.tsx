/** What stands around a panel: its title, what is lost, what failed, its menu; and inside, what its type draws. */

import type { ComponentType } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { TimeRange } from "../frame/frame";
import type { AnnotationMark, Crosshair, PanelProps } from "../panels/panel";
import { PANELS } from "../panels/registry";
import { Guard, useCloseOutside } from "../shell/Shell";
import { Icon } from "../shell/icons";
import { loaded } from "../shell/Later";
import type { Theme } from "../shell/theme";
import { ownTimeName } from "../time/range";
import { interpolate, type Format, type Scope } from "./interpolate";
import type { Rect } from "./layout";
import { exploreAddress, linkAddress } from "./links";
import type { Panel } from "./model";
import { areTransformationsReady, loadTransformations, lossesOf, prepare } from "./prepare";
import type { PanelData, Runner } from "./runner";

export interface PanelFrameProps {
  panel: Panel;
  rect: Rect;
  runner: Runner;
  scope: Scope;
  theme: Theme;
  crosshair: Crosshair;
  annotations: readonly AnnotationMark[];
  isAlone: boolean;
  onZoom: (range: TimeRange) => void;
  onFilter?: (label: string, value: string, keep: boolean) => void;
  onView: (key: string) => void;
  onInspect: (panel: Panel) => void;
  onPoint: (panel: Panel | null) => void;
}

const components = new Map<string, ComponentType<PanelProps>>();
const HEADER_PX = 32;
const PADDING_PX = 8;
const BORDER_PX = 1;

/** The code that draws a panel, loaded once; undefined while it is on its way, null where there is none. */
function useComponent(panel: Panel): ComponentType<PanelProps> | undefined | null {
  const { type } = panel;
  const [, redraw] = useState(0);
  const isReady = components.has(type) && areTransformationsReady(panel);
  useEffect(() => {
    if (isReady || !PANELS[type]) return;
    let wanted = true;
    void loadCode(panel).then(() => wanted && redraw((count) => count + 1));
    return () => void (wanted = false);
  }, [type, isReady]);
  if (!PANELS[type]) return null;
  return isReady ? components.get(type) : undefined;
}

/** Begin to load what draws a panel, before it is there. */
export async function loadCode(panel: Panel): Promise<void> {
  const known = PANELS[panel.type];
  const code = known && !components.has(panel.type) ? loaded(known.load).then((component) => void components.set(panel.type, component)) : undefined;
  await Promise.all([code, areTransformationsReady(panel) ? undefined : loadTransformations()]);
}

export function PanelFrame(props: PanelFrameProps) {
  const { panel, rect, runner, scope } = props;
  const [data, setData] = useState<PanelData | undefined>(() => runner.of(panel.key));
  useEffect(() => {
    setData(runner.of(panel.key));
    return runner.listen(panel.key, setData);
  }, [runner, panel.key]);
  const local = useMemo<Scope>(() => ({ ...scope, fixed: { ...scope.fixed, ...panel.scope } }), [scope, panel.scope]);
  const losses = useMemo(() => lossesOf(panel), [panel]);
  const title = interpolate(panel.title, local, "text");
  const own = (given: string | undefined) => (given === undefined ? undefined : interpolate(given, local, "text"));
  const ownTime = panel.hidesTime ? "" : ownTimeName(own(panel.timeFrom), own(panel.timeShift));
  const isBare = title === "" && panel.transparent;
  const inside = { width: rect.width - 2 * (PADDING_PX + BORDER_PX), height: rect.height - (title === "" ? PADDING_PX : HEADER_PX) - PADDING_PX - 2 * BORDER_PX };
  return (
    <section
      class={`panel${panel.transparent ? " transparent" : ""}${props.isAlone ? " alone" : ""}`}
      style={{ transform: `translate(${rect.x}px, ${rect.y}px)`, width: `${rect.width}px`, height: `${rect.height}px` }}
      aria-label={title || panel.type}
      aria-busy={data?.state !== "done"}
      data-panel={panel.key}
      data-type={panel.type}
      tabIndex={-1}
      onPointerEnter={() => props.onPoint(panel)}
      onPointerLeave={() => props.onPoint(null)}
      onFocusIn={() => props.onPoint(panel)}
    >
      {data?.state === "loading" && <div class="loading" />}
      <header class={isBare ? "bare" : title === "" ? "floating" : ""}>
        <h3 title={title}>{title}</h3>
        {ownTime && <small class="own-time">{ownTime}</small>}
        <Marks panel={panel} losses={losses} data={data} scope={local} />
        <PanelMenu {...props} scope={local} title={title} />
      </header>
      <div class="inside" style={{ height: `${Math.max(0, inside.height)}px` }}>
        <Guard>
          <Body {...props} scope={local} data={data} width={inside.width} height={inside.height} />
        </Guard>
      </div>
    </section>
  );
}

function Body({ panel, data, scope, width, height, ...rest }: Omit<PanelFrameProps, "rect"> & { data: PanelData | undefined; width: number; height: number }) {
  const Component = useComponent(panel);
  const needsData = panel.targets.some((target) => !target.hide);
  // the drawn range follows the data, so that a refresh draws once; panels without queries follow the page
  const range = needsData && data ? data.range : scope.range;
  const { choices, fixed, timeZone } = scope;
  const fill = useMemo(
    () => (text: string, scoped?: Readonly<Record<string, unknown>>, format: Format = "text") => interpolate(text, { ...scope, range, more: scoped }, scoped ? linkFormat(text) : format),
    [choices, fixed, timeZone, range],
  );
  const frames = useMemo(() => (data && Component ? prepare(data.frames, panel, fill) : []), [data?.frames, panel, choices, Component]);
  if (Component === null) return <p class="empty">This panel type cannot be drawn here.</p>;
  if (Component === undefined || (needsData && !data)) return null;
  if (data?.state === "loading" && data.frames.length === 0) return null;
  if (data && data.errors.length > 0 && frames.length === 0) {
    return (
      <p class="failed" role="alert">
        {data.errors[0]}
      </p>
    );
  }
  return (
    <Component
      panel={panel}
      frames={frames}
      range={range}
      timeZone={timeZone}
      theme={rest.theme}
      width={width}
      height={height}
      crosshair={rest.crosshair}
      annotations={rest.annotations}
      interpolate={fill}
      onZoom={rest.onZoom}
      onFilter={rest.onFilter}
    />
  );
}

/** Values inside an address are encoded, in any other text they stand as they are. */
const linkFormat = (text: string): Format => (/^(\/|https?:|\?|\$\{__url)|=\$/.test(text) ? "url" : "text");

function Marks({ panel, losses, data, scope }: { panel: Panel; losses: readonly string[]; data: PanelData | undefined; scope: Scope }) {
  const notices = data?.frames.flatMap((frame) => frame.notices ?? []) ?? [];
  const description = interpolate(panel.description, scope, "text");
  return (
    <>
      {description && <Mark icon="info" kind="about" label="About this panel" lines={[description]} />}
      {losses.length > 0 && <Mark icon="warning" kind="loss" label="Not as its author meant it" lines={losses} />}
      {data && data.errors.length > 0 && <Mark icon="warning" kind="error" label="Failed" lines={data.errors} />}
      {notices.length > 0 && <Mark icon="info" kind="notice" label="Told by the source" lines={[...new Set(notices)]} />}
    </>
  );
}

function Mark({ icon, kind, label, lines }: { icon: "info" | "warning"; kind: string; label: string; lines: readonly string[] }) {
  const menu = useRef<HTMLDetailsElement>(null);
  useCloseOutside(menu);
  return (
    <details class={`menu mark ${kind}`} ref={menu} data-mark={kind}>
      <summary aria-label={`${label}: ${lines.join("; ")}`} title={lines.join("\n")}>
        <Icon name={icon} />
      </summary>
      <div>
        <b>{label}</b>
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </details>
  );
}

function PanelMenu({ panel, scope, title, isAlone, onView, onInspect }: PanelFrameProps & { title: string }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useCloseOutside(menu);
  const run = (action: () => void) => () => {
    if (menu.current) menu.current.open = false;
    action();
  };
  return (
    <details class="menu panel-menu" ref={menu} onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary aria-label={`Menu of ${title || "this panel"}`}>
        <Icon name="more" />
      </summary>
      {open && (
        <div>
          <button type="button" onClick={run(() => onView(isAlone ? "" : panel.key))}>
            <Icon name="full" />
            {isAlone ? "Back to the dashboard" : "View"}
            <kbd>v</kbd>
          </button>
          {panel.targets.length > 0 && (
            <>
              <button type="button" onClick={run(() => onInspect(panel))}>
                <Icon name="search" />
                Inspect
                <kbd>i</kbd>
              </button>
              <ExploreLink panel={panel} scope={scope} />
            </>
          )}
          {panel.links.map((link) => (
            <a key={link.title + link.url} href={linkAddress(link.url, scope)} target={link.targetBlank ? "_blank" : undefined} rel="noreferrer">
              <Icon name="link" />
              {interpolate(link.title, scope, "text")}
            </a>
          ))}
        </div>
      )}
    </details>
  );
}

function ExploreLink({ panel, scope }: { panel: Panel; scope: Scope }) {
  const href = exploreAddress(panel, scope);
  if (href === "") return null;
  return (
    <a href={href}>
      <Icon name="explore" />
      Explore
      <kbd>x</kbd>
    </a>
  );
}
