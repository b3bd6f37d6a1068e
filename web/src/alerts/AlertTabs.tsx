/** The four pages about alerts, beside each other. */

const TABS = [
  ["/alerts", "Rules"],
  ["/alerts/groups", "Groups"],
  ["/alerts/silences", "Silences"],
  ["/alerts/notifications", "Notifications"],
] as const;

export const AlertTabs = ({ path }: { path: (typeof TABS)[number][0] }) => (
  <nav class="tabs" aria-label="Alerts">
    {TABS.map(([to, name]) => <a key={to} href={to} aria-current={to === path ? "page" : undefined}>{name}</a>)}
  </nav>
);

/** Opens the form of a new silence, filled with exactly these labels. */
export const silenceLink = (labels: Readonly<Record<string, string>>): string =>
  `/alerts/silences?${new URLSearchParams({ new: JSON.stringify(labels) })}`;

/** The name behind a runbook's address, where the console has the page itself; null: it is elsewhere. */
export function ownRunbook(address: string): string | null {
  const [, name] = /^(?:https?:\/\/[^/]+)?\/runbooks\/([A-Za-z0-9_.-]+?)(?:\.md)?\/?(?:#.*)?$/.exec(address) ?? [];
  return name ?? null;
}

export function RunbookLink({ address }: { address: string | undefined }) {
  if (!address) return null;
  const own = ownRunbook(address);
  if (own !== null) return <a class="button" href={`/runbooks/${own}`}>Runbook</a>;
  // what an annotation holds comes from outside: only addresses that a browser opens as pages
  return /^https?:\/\//.test(address) ? <a class="button" href={address} target="_blank" rel="noreferrer">Runbook</a> : <span class="chip">Runbook: {address}</span>;
}
