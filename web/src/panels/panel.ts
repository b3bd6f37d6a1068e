/** What a panel type must be to be drawn on a dashboard, in explore or on the alerts page. Types only. */

import type { ComponentType } from "preact";
import type { Panel } from "../dashboard/model";
import type { Frame, TimeRange } from "../frame/frame";

/** Shared between the graphs of a page, so that they point at the same moment. */
export interface Crosshair {
  /** Milliseconds since 1970, or null when the pointer is elsewhere. Does not redraw components: graphs listen. */
  moveTo(time: number | null, from: string): void;
  listen(listener: (time: number | null, from: string) => void): () => void;
}

export interface AnnotationMark {
  from: number;
  to?: number;
  title: string;
  text: string;
  color: string;
  tags: readonly string[];
}

export interface PanelProps {
  panel: Panel;
  /** After transformations, with the field config applied to every field. */
  frames: readonly Frame[];
  range: TimeRange;
  /** An IANA name, "utc" or "browser". */
  timeZone: string;
  theme: "dark" | "light";
  /** CSS pixels of the panel's inside. */
  width: number;
  height: number;
  crosshair: Crosshair;
  annotations: readonly AnnotationMark[];
  /** Variables and macros in a text, for links, titles and text panels; the second argument adds `__data`, `__field`, `__value`. */
  interpolate(text: string, scoped?: Readonly<Record<string, unknown>>): string;
  onZoom(range: TimeRange): void;
  /** Click on a value of a label: keep only it, or leave it out (ad hoc filters; explore). */
  onFilter?(label: string, value: string, keep: boolean): void;
}

export interface PanelType {
  /** Loads the code of the panel; heavy types are split off the first screen's script. */
  load: () => Promise<ComponentType<PanelProps>>;
  /** What of this panel's options and overrides the component does not draw, in words for a person. Empty: nothing. */
  losses(panel: Panel): readonly string[];
}
