/** Silences: which hold, which are to come, which are over; and the form that makes one. */

import { useEffect, useState } from "preact/hooks";
import { activeAlerts, expireSilence, silences, type ActiveAlert, type Silence } from "../ask/alertmanager";
import { Confirm } from "../people/Dialog";
import { useAction } from "../people/useAction";
import { setQuery } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { useSession } from "../shell/Shell";
import { toast } from "../shell/toasts";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { count, duration, moment, sentence, when } from "../status/words";
import { AlertTabs } from "./AlertTabs";
import { askedMatchers, matchingAlerts, printedMatcher, sortedSilences } from "./matching";
import { SilenceForm, type Draft } from "./SilenceForm";
import "../status/marks.css";
import "./alerts.css";

const EVERY_MS = 10_000;
const STATES = ["active", "pending", "expired"] as const;

async function read(signal: AbortSignal): Promise<{ silences: Silence[]; alerts: ActiveAlert[] }> {
  const [all, alerts] = await Promise.all([silences(signal), activeAlerts(signal)]);
  return { silences: sortedSilences(all), alerts };
}

export default function SilencesPage({ query }: PageProps) {
  const who = useSession();
  const { data, failure, refresh } = usePolled(({ signal }) => read(signal), EVERY_MS, "silences");
  const asked = query.get("new");
  const [draft, setDraft] = useState<Draft | null>(() => draftOf(asked));
  const [ending, setEnding] = useState<Silence | null>(null);
  const mayChange = who !== null && who.role !== "viewer";
  useEffect(() => {
    if (asked === null) return;
    setDraft(draftOf(asked));
    setQuery({ new: null }, { replace: true });
  }, [asked]);
  const wanted = query.getAll("state");
  const id = query.get("id");
  const shown = (data?.silences ?? []).filter((one) => (id !== null ? one.id === id : wanted.length === 0 ? one.status?.state !== "expired" : wanted.includes(one.status?.state ?? "")));
  const close = (words?: string) => {
    setDraft(null);
    if (words) toast(words);
    refresh();
  };
  return (
    <div class="page alerts">
      <AlertTabs path="/alerts/silences" />
      <h1 class="unseen">Silences</h1>
      <div class="filters">
        <div class="states" role="group" aria-label="State">
          {STATES.map((state) => {
            const isOn = wanted.length === 0 ? state !== "expired" : wanted.includes(state);
            const next = STATES.filter((one) => (one === state ? !isOn : wanted.length === 0 ? one !== "expired" : wanted.includes(one)));
            return <button key={state} type="button" class="button" aria-pressed={isOn && id === null} onClick={() => setQuery({ state: next, id: null }, { replace: true })}>{state} <b>{(data?.silences ?? []).filter((one) => one.status?.state === state).length}</b></button>;
          })}
          {id !== null && <button type="button" class="button" onClick={() => setQuery({ id: null }, { replace: true })}>Show all</button>}
        </div>
        {mayChange && <button type="button" class="button primary" onClick={() => setDraft({ matchers: [] })}>New silence</button>}
      </div>
      {who?.role === "viewer" && <Notice level="info">Viewers see silences; making and ending them takes the role editor.</Notice>}
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {draft && mayChange && <SilenceForm key={JSON.stringify(draft)} draft={draft} alerts={data?.alerts ?? []} author={who.user} onClose={close} />}
      {shown.map((silence) => (
        <SilenceCard key={silence.id} silence={silence} alerts={data?.alerts ?? []} mayChange={mayChange} onEnd={() => setEnding(silence)}
          onEdit={() => setDraft({ ...(silence.status?.state === "expired" ? {} : { silence }), matchers: silence.matchers, comment: silence.comment })} />
      ))}
      {data && shown.length === 0 && <p class="message">No silence{id === null ? " in these states" : " of this id"}.</p>}
      {ending && <End silence={ending} onClose={(words) => { setEnding(null); close(words); }} />}
    </div>
  );
}

const draftOf = (text: string | null): Draft | null => (text === null ? null : { matchers: askedMatchers(text) });

function End({ silence, onClose }: { silence: Silence; onClose: (words?: string) => void }) {
  const action = useAction();
  const yes = async () => {
    if (await action.run(() => expireSilence(silence.id))) onClose("The silence is over.");
  };
  return (
    <Confirm title="End this silence now?" action="Expire" onYes={() => void yes()} onClose={() => onClose()}>
      What it mutes is notified again: {silence.matchers.map(printedMatcher).join(", ")}. {action.failure && <span class="bad" role="alert">{sentence(action.failure)}</span>}
    </Confirm>
  );
}

const TAGS = { active: "ok", pending: "warning", expired: "" } as const;

function SilenceCard({ silence, alerts, mayChange, onEdit, onEnd }: { silence: Silence; alerts: readonly ActiveAlert[]; mayChange: boolean; onEdit: () => void; onEnd: () => void }) {
  const state = silence.status?.state ?? "expired";
  const [starts, ends] = [when(silence.startsAt), when(silence.endsAt)];
  const matched = matchingAlerts(alerts, silence.matchers).length;
  const left = ends === null ? "" : state === "active" ? `ends in ${duration((ends - Date.now()) / 1000)}` : state === "pending" && starts !== null ? `begins in ${duration((starts - Date.now()) / 1000)}` : "over";
  return (
    <section class="card silence" aria-label={`Silence ${silence.comment}`}>
      <header>
        <span class={`tag ${TAGS[state]}`}>{state}</span>
        <ul class="chips">{silence.matchers.map((matcher) => <li key={printedMatcher(matcher)} class="chip">{printedMatcher(matcher)}</li>)}</ul>
        {mayChange && (
          <span class="acts">
            <button type="button" class="button" onClick={onEdit}>{state === "expired" ? "Make again" : "Edit"}</button>
            {state !== "expired" && <button type="button" class="button danger" onClick={onEnd}>Expire</button>}
          </span>
        )}
      </header>
      <p>{silence.comment}</p>
      <p class="faint">
        by {silence.createdBy || "nobody"} · {left} · {starts !== null && moment(starts)} – {ends !== null && moment(ends)}
        {state !== "expired" && ` · matches ${count(matched, "alert")} now`}
      </p>
    </section>
  );
}
