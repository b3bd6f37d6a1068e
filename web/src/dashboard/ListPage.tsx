/** All dashboards, by folder, with a search over names, tags and what they are for. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Failed } from "../ask/ask";
import { type DashboardEntry, dashboards, deleteDashboard } from "../ask/dashboards";
import { useShortcuts } from "../shell/keys";
import { setQuery } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { useSession } from "../shell/Shell";
import { toast } from "../shell/toasts";
import "./dashboard.css";

export default function ListPage({ query }: PageProps) {
  const who = useSession();
  const [all, setAll] = useState<readonly DashboardEntry[] | null>(null);
  const [failure, setFailure] = useState("");
  const search = query.get("search") ?? "";
  const tag = query.get("tag") ?? "";
  const input = useRef<HTMLInputElement>(null);
  const read = () => dashboards().then(setAll, (error: unknown) => setFailure(error instanceof Failed ? error.message : String(error)));
  useEffect(() => void read(), []);
  useShortcuts("Dashboards", [{ keys: "/", help: "Search", run: () => input.current?.focus() }]);
  const tags = useMemo(() => [...new Set((all ?? []).flatMap((entry) => entry.tags))].sort(), [all]);
  const folders = useMemo(() => byFolder(found(all ?? [], search, tag)), [all, search, tag]);
  const mayChange = who !== null && who.role !== "viewer";
  const remove = async (entry: DashboardEntry) => {
    if (!confirm(`Delete “${entry.title}”? It was imported here and is kept nowhere else.`)) return;
    try {
      await deleteDashboard(entry.uid);
      toast(`“${entry.title}” was deleted.`);
      await read();
    } catch (error) {
      toast(error instanceof Failed ? error.message : String(error), "failure");
    }
  };
  return (
    <div class="page">
      <header>
        <h1>Dashboards</h1>
        <input
          class="field search"
          type="search"
          ref={input}
          value={search}
          placeholder="Search"
          aria-label="Search dashboards"
          onInput={(event) => setQuery({ search: (event.currentTarget as HTMLInputElement).value || null }, { replace: true })}
        />
        {tags.length > 0 && (
          <select class="button" aria-label="Tag" value={tag} onChange={(event) => setQuery({ tag: (event.currentTarget as HTMLSelectElement).value || null })}>
            <option value="">All tags</option>
            {tags.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
        {mayChange && (
          <a class="button primary" href="/import">
            Import
          </a>
        )}
      </header>
      {failure && (
        <p class="notice critical" role="alert">
          {failure}
        </p>
      )}
      {all !== null && folders.length === 0 && <p class="message">No dashboard fits.</p>}
      {folders.map(([folder, entries]) => (
        <section key={folder}>
          {(folders.length > 1 || folder !== "") && <h2 class="folder">{folder || "General"}</h2>}
          <ul class="board-list">
            {entries.map((entry) => (
              <li key={entry.uid}>
                <a href={`/d/${encodeURIComponent(entry.uid)}`}>
                  <b>{entry.title}</b>
                  {entry.description && <small>{entry.description}</small>}
                  <span class="tags">
                    {entry.tags.map((one) => (
                      <span class="chip" key={one}>
                        {one}
                      </span>
                    ))}
                  </span>
                </a>
                {mayChange && !entry.provisioned && (
                  <button type="button" class="plain remove" aria-label={`Delete ${entry.title}`} onClick={() => void remove(entry)}>
                    ×
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** Every word of the search must be somewhere in an entry. */
export function found(all: readonly DashboardEntry[], search: string, tag: string): DashboardEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((entry) => {
    const text = `${entry.title} ${entry.description} ${entry.tags.join(" ")} ${entry.folder}`.toLowerCase();
    return (tag === "" || entry.tags.includes(tag)) && words.every((word) => text.includes(word));
  });
}

function byFolder(entries: readonly DashboardEntry[]): [string, DashboardEntry[]][] {
  const folders = new Map<string, DashboardEntry[]>();
  for (const entry of [...entries].sort((a, b) => a.title.localeCompare(b.title))) folders.set(entry.folder, [...(folders.get(entry.folder) ?? []), entry]);
  return [...folders].sort(([a], [b]) => a.localeCompare(b));
}
