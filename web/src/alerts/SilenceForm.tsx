/** Making or changing a silence, with a preview of the alerts that it would match now. */

import { useMemo, useState } from "preact/hooks";
import { putSilence, type ActiveAlert, type Matcher, type Silence } from "../ask/alertmanager";
import { useAction } from "../people/useAction";
import { Icon } from "../shell/icons";
import { Chips } from "../status/marks";
import { count, moment, sentence } from "../status/words";
import { matchingAlerts, mistakeIn, operatorOf, OPERATORS, printedMatcher, readDuration, readMatchers, withOperator, type Operator } from "./matching";

export interface Draft {
  /** Changed, not made anew. */
  silence?: Silence;
  matchers: readonly Matcher[];
  comment?: string;
}

const PRESETS = ["30m", "2h", "8h", "1d", "1w"];
const EMPTY: Matcher = { name: "", value: "", isRegex: false, isEqual: true };
const SHOWN_ALERTS = 20;

interface Props {
  draft: Draft;
  alerts: readonly ActiveAlert[];
  author: string;
  onClose: (words?: string) => void;
}

export function SilenceForm({ draft, alerts, author, onClose }: Props) {
  const [matchers, setMatchers] = useState<readonly Matcher[]>(draft.matchers.length > 0 ? draft.matchers : [EMPTY]);
  const [comment, setComment] = useState(draft.comment ?? "");
  const [createdBy, setCreatedBy] = useState(draft.silence?.createdBy || author);
  const [lasts, setLasts] = useState(draft.silence ? remaining(draft.silence) : "2h");
  const { isBusy, failure, run } = useAction();
  const given = matchers.filter(({ name, value }) => name !== "" || value !== "");
  const mistake = mistakeIn(given);
  const seconds = readDuration(lasts);
  const startsAt = draft.silence?.status?.state === "pending" ? draft.silence.startsAt : new Date().toISOString();
  const ends = seconds === null ? null : new Date(Date.parse(startsAt) + seconds * 1000);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (mistake || ends === null) return;
    const silence = { ...(draft.silence ? { id: draft.silence.id } : {}), matchers: [...given], startsAt, endsAt: ends.toISOString(), createdBy: createdBy.trim(), comment: comment.trim() };
    if (await run(() => putSilence(silence))) onClose(draft.silence ? "The silence is changed." : "The silence holds.");
  };
  return (
    <form class="card silence-form form" aria-label={draft.silence ? "Change the silence" : "New silence"} onSubmit={(event) => void submit(event)}>
      <h2>{draft.silence ? "Change the silence" : "New silence"}</h2>
      <Matchers matchers={matchers} alerts={alerts} onChange={setMatchers} />
      <div class="beside">
        <label class="labelled">
          <span>Lasts{draft.silence ? " from now" : ""}</span>
          <input class="field" required value={lasts} onInput={(event) => setLasts(event.currentTarget.value)} aria-describedby="silence-ends" autocomplete="off" />
        </label>
        <div class="buttons" role="group" aria-label="Durations">{PRESETS.map((preset) => <button key={preset} type="button" class="button" aria-pressed={lasts === preset} onClick={() => setLasts(preset)}>{preset}</button>)}</div>
        <p id="silence-ends" class={ends === null ? "bad" : "faint"}>{ends === null ? "Write a duration like 30m, 2h or 1d 12h." : `until ${moment(ends.getTime())}`}</p>
      </div>
      <div class="beside">
        <label class="labelled grow"><span>Comment: why</span><input class="field" required value={comment} onInput={(event) => setComment(event.currentTarget.value)} autocomplete="off" /></label>
        <label class="labelled"><span>Author</span><input class="field" required value={createdBy} onInput={(event) => setCreatedBy(event.currentTarget.value)} /></label>
      </div>
      <Preview alerts={alerts} matchers={given} mistake={mistake} />
      {failure && <p class="bad" role="alert">{sentence(failure)}</p>}
      <div class="form-end">
        <button type="button" class="button" onClick={() => onClose()}>Cancel</button>
        <button type="submit" class="button primary" disabled={isBusy || mistake !== "" || ends === null}>{draft.silence ? "Change" : "Silence"}</button>
      </div>
    </form>
  );
}

/** What is left of a silence, in the words that the field reads back: "1h 25m". */
function remaining({ endsAt, startsAt, status }: Silence): string {
  const from = status?.state === "pending" ? Date.parse(startsAt) : Date.now();
  const minutes = Math.max(1, Math.ceil((Date.parse(endsAt) - from) / 60_000));
  const parts: [number, string][] = [[Math.floor(minutes / 1440), "d"], [Math.floor((minutes % 1440) / 60), "h"], [minutes % 60, "m"]];
  return parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`).join(" ");
}

function Matchers({ matchers, alerts, onChange }: { matchers: readonly Matcher[]; alerts: readonly ActiveAlert[]; onChange: (matchers: readonly Matcher[]) => void }) {
  const [pasted, setPasted] = useState("");
  const names = useMemo(() => [...new Set(alerts.flatMap(({ labels }) => Object.keys(labels)))].sort(), [alerts]);
  const change = (index: number, matcher: Matcher) => onChange(matchers.map((one, at) => (at === index ? matcher : one)));
  const take = () => {
    const read = readMatchers(pasted);
    if (read === null || read.length === 0) return;
    onChange([...matchers.filter(({ name, value }) => name !== "" || value !== ""), ...read]);
    setPasted("");
  };
  return (
    <fieldset class="matchers">
      <legend>Matchers: an alert must meet all of them</legend>
      <datalist id="label-names">{names.map((name) => <option key={name} value={name} />)}</datalist>
      {matchers.map((matcher, index) => (
        <div key={index} class="matcher">
          <input class="field" aria-label="Label" list="label-names" placeholder="label" value={matcher.name} onInput={(event) => change(index, { ...matcher, name: event.currentTarget.value.trim() })} autocomplete="off" autocapitalize="none" />
          <select class="field" aria-label="Operator" value={operatorOf(matcher)} onChange={(event) => change(index, withOperator(matcher, event.currentTarget.value as Operator))}>
            {OPERATORS.map((operator) => <option key={operator} value={operator}>{operator}</option>)}
          </select>
          <input class="field" aria-label="Value" placeholder="value" list={`values-${index}`} value={matcher.value} onInput={(event) => change(index, { ...matcher, value: event.currentTarget.value })} autocomplete="off" />
          <datalist id={`values-${index}`}>{[...new Set(alerts.flatMap(({ labels }) => (labels[matcher.name] === undefined ? [] : [labels[matcher.name]])))].map((value) => <option key={value} value={value} />)}</datalist>
          <button type="button" class="plain" aria-label="Remove this matcher" disabled={matchers.length === 1} onClick={() => onChange(matchers.filter((_, at) => at !== index))}><Icon name="close" /></button>
        </div>
      ))}
      <div class="acts">
        <button type="button" class="button" onClick={() => onChange([...matchers, EMPTY])}>Add a matcher</button>
        <input class="field paste" aria-label="Matchers as text" placeholder='or as text: alertname="Down", job=~"a|b"' value={pasted} onInput={(event) => setPasted(event.currentTarget.value)}
          onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); take(); } }} autocomplete="off" />
        <button type="button" class="button" disabled={(readMatchers(pasted)?.length ?? 0) === 0} onClick={take}>Take over</button>
      </div>
    </fieldset>
  );
}

function Preview({ alerts, matchers, mistake }: { alerts: readonly ActiveAlert[]; matchers: readonly Matcher[]; mistake: string }) {
  if (mistake) return <p class={matchers.length === 0 ? "faint" : "bad"} role="status">{mistake}</p>;
  const matched = matchingAlerts(alerts, matchers);
  return (
    <section class="preview" aria-label="What it matches now">
      <h3 aria-live="polite">{matched.length === 0 ? "Matches no alert now" : `Matches ${count(matched.length, "alert")} now`} <span class="faint">{matchers.map(printedMatcher).join(", ")}</span></h3>
      <ul>
        {matched.slice(0, SHOWN_ALERTS).map((alert) => <li key={alert.fingerprint}><b>{alert.labels["alertname"]}</b> <Chips labels={alert.labels} without={["alertname"]} /></li>)}
      </ul>
      {matched.length > SHOWN_ALERTS && <p class="faint">and {matched.length - SHOWN_ALERTS} more</p>}
    </section>
  );
}
