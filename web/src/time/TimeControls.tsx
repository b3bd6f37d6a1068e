/** Choosing the time: the range, relative or absolute, the zone, zooming out, and how often the page refreshes. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { TimeRange } from "../frame/frame";
import { Icon } from "../shell/icons";
import { useCloseOutside } from "../shell/Shell";
import { QUICK, rangeName, type RawRange, resolveRange } from "./range";
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
          {open && <Picker {...props} onRange={set} />}
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

function zones(): string[] {
  const intl = Intl as typeof Intl & { supportedValuesOf?: (key: "timeZone") => string[] };
  return intl.supportedValuesOf?.("timeZone") ?? [];
}

function Picker({ raw, range, zone, onRange, onZone }: TimeControlsProps) {
  const shown = (text: string, time: number) => (text.startsWith("now") ? text : written(time, zone));
  const [from, setFrom] = useState(shown(raw.from, range.from));
  const [to, setTo] = useState(shown(raw.to, range.to));
  const [wrong, setWrong] = useState("");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const apply = (event: Event) => {
    event.preventDefault();
    const next = { from: from.trim(), to: to.trim() };
    const read = resolveRange(next, Date.now(), zone);
    const known = [next.from, next.to].every((text) => text.startsWith("now") || !Number.isNaN(resolveRange({ from: text, to: "now" }, Date.now(), zone).from));
    if (!known || read.from >= read.to) {
      setWrong("Write times as 2026-11-21 10:00:00, or as now-6h; the first before the second.");
      return;
    }
    const plain = (text: string, time: number) => (text.startsWith("now") ? text : String(Math.round(time)));
    onRange({ from: plain(next.from, read.from), to: plain(next.to, read.to) });
  };
  const input = (label: string, value: string, set: (value: string) => void, ref?: typeof first) => (
    <label class="labelled">
      <span>{label}</span>
      <input class="field" ref={ref} value={value} spellcheck={false} onInput={(event) => set((event.currentTarget as HTMLInputElement).value)} />
    </label>
  );
  return (
    <div class="picker">
      <form onSubmit={apply}>
        {input("From", from, setFrom, first)}
        {input("To", to, setTo)}
        {wrong && (
          <p class="notice" role="alert">
            {wrong}
          </p>
        )}
        <button type="submit" class="button primary">
          Apply
        </button>
        <label class="labelled">
          <span>Time zone</span>
          <select class="field" value={zone} onChange={(event) => onZone((event.currentTarget as HTMLSelectElement).value)}>
            <option value="browser">Browser ({Intl.DateTimeFormat().resolvedOptions().timeZone})</option>
            <option value="utc">UTC</option>
            {zones().map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
      <ul>
        {QUICK.map((one) => (
          <li key={one.name}>
            <button type="button" aria-current={one.from === raw.from && one.to === raw.to} onClick={() => onRange({ from: one.from, to: one.to })}>
              {one.name}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
