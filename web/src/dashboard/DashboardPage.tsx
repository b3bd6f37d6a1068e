/** A dashboard by its uid: read, brought into the model, and shown. */

import { useEffect, useState } from "preact/hooks";
import { Failed } from "../ask/ask";
import { storedDashboard, type StoredDashboard } from "../ask/dashboards";
import type { PageProps } from "../shell/routes";
import { Board } from "./Board";
import type { Dashboard } from "./model";
import { normalise } from "./normalise";
import { loadCode } from "./PanelFrame";

interface Read {
  uid: string;
  board: Dashboard;
  meta: StoredDashboard["meta"];
}

export default function DashboardPage({ params, query }: PageProps) {
  const uid = params["uid"]!;
  const [read, setRead] = useState<Read | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    setFailure("");
    storedDashboard(uid, stop.signal).then(
      ({ meta, dashboard }) => {
        if (stop.signal.aborted) return;
        try {
          const board = normalise(dashboard);
          // the code of the panels is on its way while their queries are
          for (const panel of board.rows.flatMap((row) => row.panels)) void loadCode(panel);
          setRead({ uid, board: { ...board, uid }, meta });
          document.title = `${board.title} · Watchkeeper`;
        } catch (error) {
          setFailure(error instanceof Error ? error.message : String(error));
        }
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setFailure(error instanceof Failed ? error.message : String(error));
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
  if (read?.uid !== uid) return <p class="page message">Reading the dashboard …</p>;
  return <Board key={uid} board={read.board} meta={read.meta} query={query} />;
}
