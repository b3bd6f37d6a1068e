/** The four pages about alerts, beside each other. */

const TABS = [
  ["/alerts", "Rules"],
  ["/alerts/groups", "Groups"],
  ["/alerts/silences", "Silences"],
  ["/alerts/notifications", "Notifications"],
] as const;

export const AlertTabs = ({ path }: { path: (typeof TABS)[number][0] }) => (
  <nav class="sections" aria-label="Alerts">
    {TABS.map(([to, name]) => <a key={to} href={to} aria-current={to === path ? "page" : undefined}>{name}</a>)}
  </nav>
);

/** Opens the form of a new silence, filled with exactly these labels. */
export const silenceLink = (labels: Readonly<Record<string, string>>): string =>
  `/alerts/silences?${new URLSearchParams({ new: JSON.stringify(labels) })}`;

/** The name of a runbook that the console has a page for, from an address or a bare name; null: it is elsewhere. */
export function ownRunbook(address: string): string | null {
  if (/^[A-Za-z0-9_-]+$/.test(address)) return address;
  const [, name] = /^(?:https?:\/\/[^/]+)?\/runbooks\/([A-Za-z0-9_.-]+?)(?:\.md)?\/?(?:#.*)?$/.exec(address) ?? [];
  return name ?? null;
}

type Annotations = Readonly<Record<string, string>>;

/** Annotations that lead somewhere and so are no text. */
export const LEADING = ["runbook", "runbook_url", "dashboard", "dashboard_url"];

/** Where an alert's annotations lead: what to do about it, and where to look. */
export function Leads({ annotations }: { annotations: Annotations }) {
  const runbook = annotations["runbook_url"] ?? annotations["runbook"];
  const dashboard = annotations["dashboard_url"] ?? annotations["dashboard"];
  return (
    <>
      {runbook && <Lead words="Runbook" address={runbook} own={ownRunbook(runbook) === null ? null : `/runbooks/${ownRunbook(runbook)}`} />}
      {dashboard && <Lead words="Dashboard" address={dashboard} own={/^[A-Za-z0-9_-]+$/.test(dashboard) ? `/d/${dashboard}` : dashboard.startsWith("/d/") ? dashboard : null} />}
    </>
  );
}

function Lead({ words, address, own }: { words: string; address: string; own: string | null }) {
  if (own !== null) return <a class="button" href={own}>{words}</a>;
  // what an annotation holds comes from outside: only addresses that a browser opens as pages
  return /^https?:\/\//.test(address) ? <a class="button" href={address} target="_blank" rel="noreferrer">{words}</a> : <span class="chip">{words}: {address}</span>;
}
