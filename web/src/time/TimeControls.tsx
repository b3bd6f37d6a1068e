/** Choosing the time: the range, relative or absolute, the zone, zooming out, and how often the page refreshes. */

import { useRef, useState } from "preact/hooks";
import type { TimeRange } from "../frame/frame";
import { Icon } from "../shell/icons";
import { Later } from "../shell/Later";
import { useCloseOutside } from "../shell/Shell";
import { rangeName, type RawRange } from "./range";
import { written } from "./zone";

export interface TimeControlsProps {
  raw: RawRange;
  range: TimeRange;
  zone: string;
  onRange: (raw: RawRange) => void;
  onZone: (zone: string) => void;
  onRefresh: () => void;
  busy: boolean;
  refreshes: readonly { name: string; seconds: number }[];
  refreshName: string;
  onRefreshEvery: (name: string) => void;
}

export const absolute = (range: TimeRange): RawRange => ({ from: String(Math.round(range.from)), to: String(Math.round(range.to)) });

export function zoomedOut({ from, to }: TimeRange): TimeRange {
  const half = Math.max(500, (to - from) / 2);
  return { from: from - half, to: to + half };
}

export function moved({ from, to }: TimeRange, direction: -1 | 1): TimeRange {
  const by = ((to - from) / 2) * direction;
  return { from: from + by, to: to + by };
}

export function TimeControls(props: TimeControlsProps) {
  const { raw, range, zone } = props;
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useCloseOutside(menu);
  const name = rangeName(raw, (time) => written(time, zone), range);
  const set = (next: RawRange) => {
    props.onRange(next);
    if (menu.current) menu.current.open = false;
  };
  return (
    <div class="time-controls">
      <div class="buttons">
        <button type="button" class="button wide-only" aria-label="Earlier" title="Earlier (t ←)" onClick={() => set(absolute(moved(range, -1)))}>
          <Icon name="left" />
        </button>
        <details class="menu time" ref={menu} onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
          <summary class="button" aria-label={`Time range: ${name}`} title={`${written(range.from, zone)} to ${written(range.to, zone)}`}>
            <Icon name="clock" />
            <span>{name}</span>
            {zone.toLowerCase() === "utc" && <small>UTC</small>}
          </summary>
          {open && <Later load={() => import("./Picker")} props={{ ...props, onRange: set }} />}
        </details>
        <button type="button" class="button wide-only" aria-label="Later" title="Later (t →)" onClick={() => set(absolute(moved(range, 1)))}>
          <Icon name="right" />
        </button>
        <button type="button" class="button" aria-label="Zoom out" title="Zoom out (t z)" onClick={() => set(absolute(zoomedOut(range)))}>
          <Icon name="zoomOut" />
        </button>
      </div>
      <div class="buttons">
        <button type="button" class={props.busy ? "button busy" : "button"} aria-label="Refresh" title="Refresh (r)" onClick={props.onRefresh}>
          <Icon name="refresh" />
        </button>
        <select class="button" aria-label="Refresh every" value={props.refreshName} onChange={(event) => props.onRefreshEvery((event.currentTarget as HTMLSelectElement).value)}>
          {props.refreshes.some((one) => one.name === props.refreshName) ? null : <option>{props.refreshName}</option>}
          {props.refreshes.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </select>
      </div>
    </div>
  );
}
