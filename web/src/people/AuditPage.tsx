/** Who did what and from where: the newest first, older ones on request. For administrators. */

import { useRef, useState } from "preact/hooks";
import { useSession } from "../shell/Shell";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { moment, sentence } from "../status/words";
import { auditEntries, type AuditEntry } from "./accounts";
import { useAction } from "./useAction";
import "../status/marks.css";
import "./people.css";

export default function AuditPage() {
  const who = useSession();
  const first = usePolled((options) => auditEntries(null, options), 15_000, "audit");
  const [older, setOlder] = useState<{ entries: AuditEntry[]; next: number | null } | null>(null);
  const [wanted, setWanted] = useState("");
  const more = useAction();
  // what is new pushes the first hundred on: nothing that was once shown is lost between them and the older pages
  const known = useRef(new Map<number, AuditEntry>());
  if (who && who.role !== "admin") return <div class="page"><h1>Audit log</h1><Notice>Only administrators read the audit log. Your role is {who.role}.</Notice></div>;
  for (const entry of [...(first.data?.entries ?? []), ...(older?.entries ?? [])]) known.current.set(entry.id, entry);
  const all = [...known.current.values()].sort((a, b) => b.id - a.id);
  const next = older === null ? (first.data?.next ?? null) : older.next;
  const text = wanted.trim().toLowerCase();
  const shown = all.filter((entry) => text === "" || [entry.actor, entry.action, entry.subject, entry.detail, entry.address, entry.outcome].some((part) => part.toLowerCase().includes(text)));
  const readMore = () => void more.run(async () => {
    const answer = await auditEntries(next, {});
    setOlder(answer);
  });
  return (
    <div class="page people">
      <header>
        <h1>Audit log</h1>
        <label class="seek"><span class="unseen">Search the entries</span><input class="field" type="search" placeholder="Search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} /></label>
      </header>
      {first.failure && <Notice level="critical">{sentence(first.failure)}</Notice>}
      <div class="card scroll">
        <table class="listing">
          <thead><tr>{["When", "Who", "What", "On", "Outcome", "From", "Detail"].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
          <tbody>
            {shown.map((entry) => (
              <tr key={entry.id}>
                <td class="when">{moment(entry.at * 1000)}</td>
                <th scope="row">{entry.actor || <span class="faint">nobody</span>}</th>
                <td>{entry.action}</td>
                <td>{entry.subject}</td>
                <td>{entry.outcome && <span class={`tag ${entry.outcome === "refused" || entry.outcome === "failed" ? "critical" : "ok"}`}>{entry.outcome}</span>}</td>
                <td class="when">{entry.address}</td>
                <td>{entry.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {first.data && shown.length === 0 && <p class="quiet">Nothing matches.</p>}
      </div>
      {more.failure && <p class="bad" role="alert">{sentence(more.failure)}</p>}
      {next !== null && <div class="form-end"><button type="button" class="button" disabled={more.isBusy} onClick={readMore}>Older entries</button></div>}
    </div>
  );
}
