/** What opens below the time: fields for an exact range, the zone, and ranges that people mean most often. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { QUICK, resolveRange } from "./range";
import type { TimeControlsProps } from "./TimeControls";
import { written } from "./zone";

function zones(): string[] {
  const intl = Intl as typeof Intl & { supportedValuesOf?: (key: "timeZone") => string[] };
  return intl.supportedValuesOf?.("timeZone") ?? [];
}

export default function Picker({ raw, range, zone, onRange, onZone }: TimeControlsProps) {
  const shown = (text: string, time: number) => (text.startsWith("now") ? text : written(time, zone));
  const [from, setFrom] = useState(shown(raw.from, range.from));
  const [to, setTo] = useState(shown(raw.to, range.to));
  const [wrong, setWrong] = useState("");
  const first = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
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
