/** The links above a dashboard: addresses, and other dashboards by their tags. */

import { useEffect, useRef, useState } from "preact/hooks";
import { dashboards, type DashboardEntry } from "../ask/dashboards";
import { Icon } from "../shell/icons";
import { useCloseOutside } from "../shell/Shell";
import type { RawRange } from "../time/range";
import { interpolate, type Scope } from "./interpolate";
import { boardLinkAddress, taggedWith } from "./links";
import type { Dashboard } from "./model";

type BoardLink = Dashboard["links"][number];

export default function BoardLinks({ board, scope, raw }: { board: Dashboard; scope: Scope; raw: RawRange }) {
  return (
    <nav class="board-links" aria-label="Links of this dashboard">
      {board.links.map((link, index) =>
        link.type === "dashboards" ? (
          <Tagged key={index} link={link} board={board} scope={scope} raw={raw} />
        ) : (
          <a key={index} class="button" href={boardLinkAddress(link, scope, raw)} target={link.targetBlank ? "_blank" : undefined} rel="noreferrer">
            <Icon name="link" />
            {interpolate(link.title, scope, "text")}
          </a>
        ),
      )}
    </nav>
  );
}

function Tagged({ link, board, scope, raw }: { link: BoardLink; board: Dashboard; scope: Scope; raw: RawRange }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [entries, setEntries] = useState<readonly DashboardEntry[] | null>(null);
  const [open, setOpen] = useState(!link.asDropdown);
  useCloseOutside(menu);
  useEffect(() => {
    if (open && entries === null) dashboards().then(setEntries, () => setEntries([]));
  }, [open, entries]);
  const found = taggedWith(entries ?? [], link, board.uid).map((entry) => (
    <a key={entry.uid} class={link.asDropdown ? "" : "button"} href={boardLinkAddress({ ...link, url: `/d/${entry.uid}` }, scope, raw)}>
      {entry.title}
    </a>
  ));
  if (!link.asDropdown) return <>{found}</>;
  return (
    <details class="menu" ref={menu} onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary class="button">
        {interpolate(link.title, scope, "text")}
        <Icon name="down" />
      </summary>
      {open && <div class="scrolling">{entries !== null && found.length === 0 ? <p>No dashboard has these tags.</p> : found}</div>}
    </details>
  );
}
