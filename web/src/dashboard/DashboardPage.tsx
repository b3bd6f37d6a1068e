/** A dashboard by its uid: read, brought into the model, and shown. */

import { useEffect, useState } from "preact/hooks";
import { storedDashboard, type StoredDashboard } from "../ask/dashboards";
import type { PageProps } from "../shell/routes";
import { Board } from "./Board";
import type { Dashboard } from "./model";
import { readDashboard } from "./normalise";
import { loadCode } from "./PanelFrame";

interface Found {
  uid: string;
  board: Dashboard;
  meta: StoredDashboard["meta"];
}

// about what a first screen holds; other panels bring their code when they come into view
const FIRST_PANELS = 16;

async function read(uid: string, signal: AbortSignal): Promise<Found> {
  const { meta, dashboard } = await storedDashboard(uid, signal);
  const board = await readDashboard(dashboard);
  // the code of the panels is on its way while their queries are
  for (const panel of board.rows.flatMap((row) => (row.collapsed ? [] : row.panels)).slice(0, FIRST_PANELS)) void loadCode(panel);
  return { uid, board: { ...board, uid }, meta };
}

export default function DashboardPage({ params, query }: PageProps) {
  const uid = params["uid"]!;
  const [found, setFound] = useState<Found | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    setFailure("");
    read(uid, stop.signal).then(
      (found) => {
        if (stop.signal.aborted) return;
        setFound(found);
        document.title = `${found.board.title} · Watchkeeper`;
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setFailure(error instanceof Error ? error.message : String(error));
      },
    );
    return () => stop.abort();
  }, [uid]);
  if (failure) {
    return (
      <div class="page message" role="alert">
        <p>{failure}</p>
        <p>
          <a href="/dashboards">All dashboards</a>
        </p>
      </div>
    );
  }
  if (found?.uid !== uid) return <p class="page message">Reading the dashboard …</p>;
  return <Board key={uid} board={found.board} meta={found.meta} query={query} />;
}
