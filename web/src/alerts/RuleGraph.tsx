/** What a rule has asked over the last hours, with the bound that it compares with. */

import { useMemo } from "preact/hooks";
import type { Rule } from "../ask/metrics";
import { askRange, stepFor } from "../explore/askRange";
import { PanelView } from "../explore/PanelView";
import { usePolled } from "../status/usePolled";
import { sentence } from "../status/words";
import { splitComparison } from "./rules";

const HOURS = 6;
const MOST_SERIES = 30;
const EVERY_MS = 60_000;
const OPTIONS = { legend: { showLegend: true, displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } };

export function RuleGraph({ rule }: { rule: Rule }) {
  const split = useMemo(() => splitComparison(rule.query), [rule.query]);
  const expr = split?.expr ?? rule.query;
  const { data, failure } = usePolled(async ({ signal }) => {
    const range = { from: Date.now() - HOURS * 3_600_000, to: Date.now() };
    const answer = (await askRange([{ id: "A", expr, source: "prometheus" }], range, stepFor(range, 200), signal)).get("A");
    return { range, frames: answer?.frames ?? [], failure: answer?.failure ?? "" };
  }, EVERY_MS, expr);
  const defaults = useMemo(() => {
    const isUpper = split?.operator.startsWith(">") ?? true;
    const steps = split === null ? [{ value: null, color: "green" }] : [{ value: null, color: isUpper ? "green" : "red" }, { value: split.bound, color: isUpper ? "red" : "green" }];
    return {
      color: { mode: "palette-classic" }, thresholds: { mode: "absolute" as const, steps },
      custom: { lineWidth: 1.5, fillOpacity: 4, thresholdsStyle: { mode: split === null ? "off" : "line" } },
    };
  }, [split]);
  const problem = failure || data?.failure;
  if (problem) return <p class="bad">{sentence(problem)}</p>;
  if (!data) return <p class="faint">Asking …</p>;
  if (data.frames.length === 0) return <p class="faint">Nothing matched its expression in the last {HOURS} hours.</p>;
  return (
    <>
      <PanelView type="timeseries" title={`${rule.name} over the last ${HOURS} hours`} frames={data.frames.slice(0, MOST_SERIES)} range={data.range} height={200} options={OPTIONS} defaults={defaults} />
      {data.frames.length > MOST_SERIES && <p class="faint">{MOST_SERIES} of {data.frames.length} series drawn.</p>}
    </>
  );
}
