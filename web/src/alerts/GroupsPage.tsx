/** Alerts as Alertmanager holds and routes them: by receiver and group, with what is silenced or inhibited. */

import { alertGroups, type ActiveAlert, type AlertGroup } from "../ask/alertmanager";
import { setQuery } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { Chips, Dot, Notice, severityLevel } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { count, duration, moment, sentence, when } from "../status/words";
import { AlertTabs, Leads, silenceLink } from "./AlertTabs";
import { sharedLabels } from "./matching";
import "../status/marks.css";
import "./alerts.css";

const EVERY_MS = 10_000;

export default function GroupsPage({ query }: PageProps) {
  const { data, failure } = usePolled(({ signal }) => alertGroups(signal), EVERY_MS, "groups");
  const wanted = query.get("receiver") ?? "";
  // what a notification's link asks for may be over by now
  const receivers = [...new Set([...(data ?? []).map(({ receiver }) => receiver.name), ...(wanted ? [wanted] : [])])].sort();
  const shown = (data ?? []).filter(({ receiver, alerts }) => alerts.length > 0 && (wanted === "" || receiver.name === wanted));
  return (
    <div class="page alerts">
      <AlertTabs path="/alerts/groups" />
      <h1 class="unseen">Alert groups</h1>
      <div class="filters">
        <label class="inline"><span>Receiver</span>
          <select class="field" value={wanted} onChange={(event) => setQuery({ receiver: event.currentTarget.value || null }, { replace: true })}>
            <option value="">all</option>
            {receivers.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      </div>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {shown.map((group) => <Group key={`${group.receiver.name} ${JSON.stringify(group.labels)}`} group={group} />)}
      {data && shown.length === 0 && <p class="message">Alertmanager holds no alert{wanted && ` for ${wanted}`}.</p>}
    </div>
  );
}

function Group({ group }: { group: AlertGroup }) {
  const labels = Object.keys(group.labels).length > 0 ? group.labels : sharedLabels(group.alerts);
  return (
    <section class="card group" aria-label={`Group for ${group.receiver.name}`}>
      <header>
        <h2 class="unseen">{Object.values(group.labels).join(" ") || "Ungrouped"}</h2>
        <Chips labels={group.labels} />
        <span class="faint">→ {group.receiver.name} · {count(group.alerts.length, "alert")}</span>
        <a class="button" href={silenceLink(labels)}>Silence group</a>
      </header>
      {group.alerts.map((alert) => <AlertRow key={alert.fingerprint} alert={alert} />)}
    </section>
  );
}

function AlertRow({ alert }: { alert: ActiveAlert }) {
  const since = when(alert.startsAt);
  const { silencedBy, inhibitedBy, mutedBy = [] } = alert.status;
  const isMuted = silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
  const severity = alert.labels["severity"] ?? "";
  return (
    <div class="active">
      <h3><Dot level={isMuted ? "" : severityLevel(severity)} />{alert.labels["alertname"] ?? "alert"}
        {severity && <span class={`tag ${isMuted ? "" : severityLevel(severity)}`}>{severity}</span>}
        {silencedBy.map((id) => <a key={id} class="tag" href={`/alerts/silences?id=${id}`}>silenced</a>)}
        {inhibitedBy.length > 0 && <span class="tag">inhibited</span>}
        {mutedBy.length > 0 && <span class="tag">muted by time</span>}
        {since !== null && <span class="faint" title={moment(since)}>for {duration((Date.now() - since) / 1000)}</span>}
      </h3>
      {alert.annotations["summary"] && <p>{alert.annotations["summary"]}</p>}
      {alert.annotations["description"] && <p class="faint">{alert.annotations["description"]}</p>}
      <Chips labels={alert.labels} without={["alertname", "severity"]} />
      <div class="acts">
        <Leads annotations={alert.annotations} />
        <a class="button" href={silenceLink(alert.labels)}>Silence this</a>
      </div>
    </div>
  );
}
