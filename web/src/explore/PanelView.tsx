/** One panel outside of a dashboard: the graph in explore, of a rule, of a trace's services. */

import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Panel } from "../dashboard/model";
import { applyFieldConfig } from "../format/apply";
import type { FieldConfig, Frame, TimeRange } from "../frame/frame";
import type { AnnotationMark, Crosshair, PanelProps } from "../panels/panel";
import { PANELS } from "../panels/registry";
import { useTheme } from "../shell/theme";

interface Props {
  type: string;
  title: string;
  frames: readonly Frame[];
  range: TimeRange;
  /** CSS pixels. */
  height: number;
  options?: Readonly<Record<string, unknown>>;
  defaults?: FieldConfig;
  annotations?: readonly AnnotationMark[];
  crosshair?: Crosshair;
  onZoom?(range: TimeRange): void;
  onFilter?(label: string, value: string, keep: boolean): void;
}

const NO_CROSSHAIR: Crosshair = { moveTo: () => undefined, listen: () => () => undefined };
const keepText = (text: string) => text;

export function PanelView({ type, title, frames, range, height, options = {}, defaults = {}, annotations = [], crosshair = NO_CROSSHAIR, onZoom, onFilter }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const theme = useTheme();
  const Drawn = usePanelCode(type);
  const panel = useMemo((): Panel => ({
    key: title, id: 0, type, title, description: "", place: { x: 0, y: 0, w: 24, h: Math.round(height / 38) }, transparent: true, datasource: null,
    targets: [], transformations: [], fieldConfig: { defaults, overrides: [] }, options, links: [], scope: {}, losses: [],
  }), [type, title, height, defaults, options]);
  const drawnFrames = useMemo(() => applyFieldConfig(frames, panel.fieldConfig, keepText), [frames, panel]);
  return (
    <div class="panel-view" ref={place} role="group" aria-label={title}>
      {Drawn && width > 0 && (
        <Drawn
          panel={panel} frames={drawnFrames} range={range} timeZone="browser" theme={theme} width={width} height={height} crosshair={crosshair}
          annotations={annotations} interpolate={keepText} onZoom={onZoom ?? (() => undefined)} {...(onFilter ? { onFilter } : {})}
        />
      )}
    </div>
  );
}

function useWidth(place: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, []);
  return width;
}

function usePanelCode(type: string): ComponentType<PanelProps> | null {
  const [code, setCode] = useState<{ type: string; component: ComponentType<PanelProps> } | null>(null);
  useEffect(() => {
    let isWanted = true;
    void PANELS[type]?.load().then((component) => isWanted && setCode({ type, component }));
    return () => void (isWanted = false);
  }, [type]);
  return code?.type === type ? code.component : null;
}
