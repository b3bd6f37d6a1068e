/** The first page: is everything well, and what is not. Asks every five seconds, or says plainly how old it is. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Notice, Sign } from "./marks";
import { PARTS, readOverview, type Level, type Overview, type PartName } from "./overview";
import { Alerts, alertsSum, Components, componentsSum, Errors, errorsLink, Targets, targetsSum } from "./parts";
import { NothingProven, Proof, proofSum } from "./proof";
import { usePolled } from "./usePolled";
import { ago, bytes, sentence, time } from "./words";
import "./marks.css";
import "./status.css";

const EVERY_MS = 5000;
const HEADLINES: Readonly<Record<Level, string>> = {
  ok: "Everything is well", warning: "Something needs a look", critical: "Something is broken",
};
const MOST_REASONS = 5;

type Kept = { [Name in PartName]?: { data: Overview[Name]["data"]; at: number } };

export default function StatusPage() {
  const { data, at, failure } = usePolled(readOverview, EVERY_MS, "overview");
  const kept = useKept(data);
  return (
    <div class={`page status ${failure ? "away" : ""}`}>
      <Verdict overview={data} kept={kept} pulse={<Pulse at={at} isAway={failure !== ""} />} />
      {failure && <div id="away"><Notice level="critical">{sentence(failure)}{data && ` What you see is of ${time(at)}.`}</Notice></div>}
      {data && (
        <>
          <div class="pair">
            <Section name="alerts" title="Alerts" overview={data} kept={kept} sum={kept.alerts?.data && alertsSum(kept.alerts.data)}>
              {kept.alerts?.data && <Alerts data={kept.alerts.data} />}
            </Section>
            <Section name="proof" title="Verification" overview={data} kept={kept} sum={kept.proof?.data && proofSum(kept.proof.data)}>
              {kept.proof?.data ? <Proof data={kept.proof.data} /> : data.proof.error === "" && <NothingProven />}
            </Section>
          </div>
          <Section name="components" title="Components" overview={data} kept={kept} sum={kept.components?.data && componentsSum(kept.components.data)}>
            {kept.components?.data && <Components data={kept.components.data} />}
          </Section>
          <Section name="targets" title="Scrape targets" overview={data} kept={kept} sum={kept.targets?.data && targetsSum(kept.targets.data)}>
            {kept.targets?.data && <Targets data={kept.targets.data} />}
          </Section>
          <Section name="errors" title="Recent errors in the logs" overview={data} kept={kept} sum={kept.errors?.data && kept.errors.data.shown.length > 0 && <a href={errorsLink(kept.errors.data.query)}>Explore</a>}>
            {kept.errors?.data && <Errors data={kept.errors.data} />}
          </Section>
        </>
      )}
    </div>
  );
}

/** The last good data of each part outlives a failing upstream. */
function useKept(overview: Overview | null): Kept {
  const kept = useRef<Kept>({});
  const seen = useRef<Overview | null>(null);
  if (overview !== null && overview !== seen.current) {
    seen.current = overview;
    const next: Record<string, unknown> = { ...kept.current };
    for (const name of PARTS) if (overview[name].error === "") next[name] = { data: overview[name].data, at: overview[name].at * 1000 };
    kept.current = next as Kept;
  }
  return kept.current;
}

interface SectionProps {
  name: PartName;
  title: string;
  overview: Overview;
  kept: Kept;
  sum: preact.ComponentChildren;
  children: preact.ComponentChildren;
}

function Section({ name, title, overview, kept, sum, children }: SectionProps) {
  const { error } = overview[name];
  const last = kept[name];
  const isConfigured = (last?.data ?? null) !== null || error !== "";
  if (!isConfigured && name !== "proof") return null;
  return (
    <section class="part card" id={name} aria-labelledby={`${name}-title`} data-state={error === "" ? "fresh" : "stale"}>
      <header><h2 id={`${name}-title`}>{title}</h2><span class="sum">{sum}</span></header>
      {error !== "" && <Notice>{sentence(error)}{last && ` Below is what was known at ${time(last.at)}.`}</Notice>}
      <div class="body">{children}</div>
    </section>
  );
}

function Verdict({ overview, kept, pulse }: { overview: Overview | null; kept: Kept; pulse: preact.ComponentChildren }) {
  const level = overview?.verdict.level ?? "waiting";
  const reasons = overview?.verdict.reasons ?? [];
  return (
    <section class="verdict card" id="verdict" data-level={level} aria-labelledby="headline">
      <span class="sign" id="sign"><Sign level={level} /></span>
      <div>
        <h1 id="headline" aria-live="polite">{level === "waiting" ? "Looking …" : HEADLINES[level]}</h1>
        <ul id="reasons">
          {level === "ok" && <li>Nothing needs your attention.</li>}
          {reasons.slice(0, MOST_REASONS).map((reason) => <li key={reason.text} data-level={reason.level}>{reason.text}</li>)}
          {reasons.length > MOST_REASONS && <li>and {reasons.length - MOST_REASONS} more, below</li>}
        </ul>
      </div>
      <div class="facts">{pulse}<Figures kept={kept} /></div>
    </section>
  );
}

function Figures({ kept }: { kept: Kept }) {
  const components = kept.components?.data;
  const targets = kept.targets?.data;
  const alerts = kept.alerts?.data;
  const well = (components?.shown ?? []).filter(({ health }) => health === "healthy").length;
  const sizes = (components?.shown ?? []).flatMap(({ memory_bytes }) => (memory_bytes === null ? [] : [memory_bytes]));
  const used = sizes.reduce((sum, size) => sum + size, 0);
  const budget = components?.memory_budget_bytes ?? null;
  return (
    <dl id="figures">
      {components && components.shown.length > 0 && <Figure name="Components" value={well} of={components.shown.length} isBad={well < components.shown.length} />}
      {targets && <Figure name="Targets up" value={targets.up} of={targets.up + targets.down + targets.unknown} isBad={targets.down > 0} />}
      {alerts && <Figure name="Alerts firing" value={alerts.firing} isBad={alerts.firing > 0} />}
      {sizes.length > 0 && <Figure name="Memory" value={bytes(used)} of={budget === null ? undefined : bytes(budget)} isBad={budget !== null && used > budget} />}
    </dl>
  );
}

const Figure = ({ name, value, of, isBad }: { name: string; value: number | string; of?: number | string | undefined; isBad: boolean }) => (
  <div><dt>{name}</dt><dd data-level={isBad ? "warning" : "ok"}>{value}{of !== undefined && <small> of {of}</small>}</dd></div>
);

function Pulse({ at, isAway }: { at: number; isAway: boolean }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const isOld = at > 0 && Date.now() - at > 3 * EVERY_MS;
  const state = isAway ? "away" : at === 0 ? "waiting" : isOld ? "stale" : "live";
  const word = at === 0 ? (isAway ? "No connection" : "Connecting") : isAway || isOld ? `As of ${ago(at)}` : "Live";
  return <span class="pulse" id="pulse" data-state={state} title={at > 0 ? `Updated ${time(at)}` : undefined}>{word}</span>;
}
