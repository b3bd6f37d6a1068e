/** Who is told: the receivers, and what was sent to them as far as anybody noted it. */

import { receivers } from "../ask/alertmanager";
import { ask } from "../ask/ask";
import { Chips, Notice } from "../status/marks";
import { reasonOf, usePolled } from "../status/usePolled";
import { ago, moment, sentence } from "../status/words";
import { AlertTabs } from "./AlertTabs";
import "../status/marks.css";
import "./alerts.css";

interface Notification {
  at: number;
  receiver: string;
  integration: string;
  status: "sent" | "failed";
  alerts: number;
  group: Record<string, string>;
  detail: string;
}

interface Read {
  names: string[];
  history: { notifications: Notification[]; complete: boolean; note: string } | null;
  /** Why one of the two is missing. */
  failures: string[];
}

async function read(options: { signal: AbortSignal; background: boolean }): Promise<Read> {
  const [names, history] = await Promise.allSettled([receivers(options.signal), ask<Read["history"]>("/api/notifications?limit=100", options)]);
  return {
    names: names.status === "fulfilled" ? names.value.map(({ name }) => name).sort() : [],
    history: history.status === "fulfilled" ? history.value : null,
    failures: [names, history].flatMap((one) => (one.status === "rejected" ? [reasonOf(one.reason)] : [])),
  };
}

export default function NotificationsPage() {
  const { data, failure } = usePolled(read, 15_000, "notifications");
  const shown = data?.history?.notifications ?? [];
  return (
    <div class="page alerts">
      <AlertTabs path="/alerts/notifications" />
      <h1 class="unseen">Notifications</h1>
      {[failure, ...(data?.failures ?? [])].filter(Boolean).map((text) => <Notice key={text} level="critical">{sentence(text)}</Notice>)}
      {data && (
        <section class="card part" aria-labelledby="receivers-title">
          <header><h2 id="receivers-title">Receivers</h2><span class="sum">{data.names.length}</span></header>
          <ul class="chips receivers">{data.names.map((name) => <li key={name} class="chip"><a href={`/alerts/groups?receiver=${encodeURIComponent(name)}`}>{name}</a></li>)}</ul>
        </section>
      )}
      {data?.history && (
        <section class="card part" aria-labelledby="history-title">
          <header><h2 id="history-title">Notified</h2><span class="sum">{data.history.complete ? "complete" : "not complete"}</span></header>
          {data.history.note && <Notice level="info">{data.history.note}</Notice>}
          {shown.length === 0 ? <p class="quiet">No receipt of a notification yet.</p> : (
            <div class="scroll">
              <table class="listing">
                <thead><tr>{["When", "Receiver", "By", "Outcome", "Alerts", "Group", "Detail"].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
                <tbody>
                  {shown.map((one, index) => (
                    <tr key={`${one.at} ${index}`}>
                      <td class="when" title={moment(one.at * 1000)}>{ago(one.at * 1000)}</td>
                      <th scope="row">{one.receiver}</th>
                      <td>{one.integration}</td>
                      <td><span class={`tag ${one.status === "sent" ? "ok" : "critical"}`}>{one.status}</span></td>
                      <td class="number">{one.alerts}</td>
                      <td><Chips labels={one.group} /></td>
                      <td>{one.detail}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      )}
    </div>
  );
}
