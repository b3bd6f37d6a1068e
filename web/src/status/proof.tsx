/** The latest verification: how many claims held, what was seen for each, and on request everything that was asked and answered. */

import { useEffect, useState } from "preact/hooks";
import { Dot } from "./marks";
import { readReport, type Claim, type Level, type Proof as ProofData, type ReportedClaim } from "./overview";
import { Quiet } from "./parts";
import { reasonOf } from "./usePolled";
import { ago, count, moment, when } from "./words";

const LEVEL: Readonly<Record<Claim["outcome"], Level>> = { passed: "ok", failed: "critical", inconclusive: "warning" };

export const proofSum = ({ started_at }: ProofData): string => {
  const at = when(started_at);
  return at === null ? "" : ago(at);
};

export const NothingProven = () => <Quiet>Nothing proven yet. Run <code>watchkeeper verify</code> to see it work.</Quiet>;

export function Proof({ data }: { data: ProofData }) {
  const missed = data.claims.filter(({ outcome }) => outcome !== "passed");
  const passed = data.claims.filter(({ outcome }) => outcome === "passed");
  return (
    <>
      <div class="tally">
        <Tally data={data} />
        <p>
          <span><b>{data.passed}</b> passed</span>
          {data.failed > 0 && <span class="bad"><b>{data.failed}</b> failed</span>}
          {data.inconclusive > 0 && <span><b>{data.inconclusive}</b> inconclusive</span>}
        </p>
      </div>
      {missed.length > 0 && <Claims title="Not passed" claims={missed} run={data.started_at} isOpen />}
      {passed.length > 0 && <Claims title="Passed" claims={passed} run={data.started_at} isOpen={false} />}
    </>
  );
}

function Tally({ data }: { data: ProofData }) {
  const all = Math.max(1, data.claims.length);
  let x = 0;
  const parts = (["passed", "inconclusive", "failed"] as const).map((outcome) => {
    const from = x;
    x += (data[outcome] / all) * 100;
    return <rect key={outcome} class={outcome} x={from.toFixed(2)} width={(x - from).toFixed(2)} height="8" />;
  });
  return <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{parts}</svg>;
}

function Claims({ title, claims, run, isOpen }: { title: string; claims: readonly Claim[]; run: string; isOpen: boolean }) {
  return (
    <details class="claim-group" open={isOpen}>
      <summary><b>{title}</b><span class="rest">{count(claims.length, "claim")}</span></summary>
      <ul class="claims">{claims.map((claim) => <ClaimRow key={claim.name} claim={claim} run={run} />)}</ul>
    </details>
  );
}

function ClaimRow({ claim, run }: { claim: Claim; run: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <Dot level={LEVEL[claim.outcome]} />
      <span>{claim.sentence}<span class="unseen"> ({claim.outcome})</span></span>
      <span class="when">{claim.requirements.join(" ")}</span>
      {claim.finding && <p>{claim.finding}</p>}
      <details class="evidence" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Evidence</summary>
        {isOpen && <Evidence name={claim.name} run={run} />}
      </details>
    </li>
  );
}

// The report with all its evidence is large: asked once for each run, and only when somebody looks.
let held: { run: string; report: ReturnType<typeof readReport> } | null = null;

function reportOf(run: string): ReturnType<typeof readReport> {
  if (held?.run !== run) {
    const report = readReport(AbortSignal.timeout(30_000));
    held = { run, report };
    report.catch(() => (held = null));
  }
  return held!.report;
}

function Evidence({ name, run }: { name: string; run: string }) {
  const [state, setState] = useState<{ claim?: ReportedClaim; failure: string }>({ failure: "" });
  useEffect(() => {
    let isWanted = true;
    reportOf(run).then(
      (report) => {
        const claim = report?.claims.find((one) => one.claim === name);
        if (isWanted) setState(claim ? { claim, failure: "" } : { failure: "The report does not hold this claim any more." });
      },
      (error: unknown) => void (isWanted && setState({ failure: reasonOf(error) })),
    );
    return () => void (isWanted = false);
  }, [name, run]);
  const { claim, failure } = state;
  if (failure) return <p class="bad">{failure}</p>;
  if (!claim) return <p>Reading …</p>;
  return (
    <div>
      <p>Checked {moment(claim.started_at * 1000)} ({ago(claim.started_at * 1000)}), took {claim.took_s.toFixed(1)} s. Bound: {claim.bound || "none"}.</p>
      {claim.details.length > 0 && <pre tabIndex={0}>{claim.details.join("\n")}</pre>}
      {claim.evidence.map((exchange, index) => (
        <details key={index} class="exchange">
          <summary><code>{exchange.request}</code> → {exchange.status ?? "no answer"}</summary>
          {Object.keys(exchange.parameters).length > 0 && <pre tabIndex={0}>{Object.entries(exchange.parameters).map(([key, value]) => `${key} = ${value}`).join("\n")}</pre>}
          <pre tabIndex={0}>{exchange.answer || "(empty)"}</pre>
        </details>
      ))}
      {claim.evidence_left_out > 0 && <p>{count(claim.evidence_left_out, "exchange")} in the middle not kept.</p>}
      {claim.evidence.length === 0 && <p>No request was made for it.</p>}
    </div>
  );
}
