/** Bringing a Grafana dashboard in, from a file or pasted, with what would be lost told before. */

import { useEffect, useState } from "preact/hooks";
import { Failed } from "../ask/ask";
import { saveDashboard } from "../ask/dashboards";
import { navigate } from "../shell/location";
import type { PageProps } from "../shell/routes";
import { toast } from "../shell/toasts";
import "./dashboard.css";
import { isObject, object, text } from "./json";
import type { Dashboard } from "./model";
import { readDashboard } from "./normalise";
import { allLosses } from "./prepare";

interface Checked {
  json: Record<string, unknown>;
  board: Dashboard;
  losses: { where: string; what: string }[];
}

export default function ImportPage(_: PageProps) {
  const [pasted, setPasted] = useState("");
  const [folder, setFolder] = useState("");
  const [exists, setExists] = useState(false);
  const [failure, setFailure] = useState("");
  const [dropping, setDropping] = useState(false);
  const [checked, setChecked] = useState<Checked | { problem: string }>({ problem: "" });
  useEffect(() => {
    let wanted = true;
    void check(pasted).then((found) => wanted && setChecked(found));
    return () => void (wanted = false);
  }, [pasted]);
  const take = async (file: File | undefined) => {
    if (file) setPasted(await file.text());
  };
  const save = async (event: Event) => {
    event.preventDefault();
    if (!("board" in checked)) return;
    setFailure("");
    try {
      const { uid } = await saveDashboard(checked.json, folder.trim(), exists);
      toast(`“${checked.board.title}” was imported.`);
      navigate(`/d/${encodeURIComponent(uid)}`);
    } catch (error) {
      if (error instanceof Failed && error.status === 409) setExists(true);
      setFailure(error instanceof Failed ? error.message : String(error));
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDropping(false);
    void take(event.dataTransfer?.files[0]);
  };
  return (
    <div class="page">
      <header>
        <h1>Import a dashboard</h1>
      </header>
      <form class={dropping ? "import dropping" : "import"} onSubmit={(event) => void save(event)} onDragOver={(event) => (event.preventDefault(), setDropping(true))} onDragLeave={() => setDropping(false)} onDrop={drop}>
        <label class="labelled">
          <span>Grafana dashboard JSON: choose a file, drop it here, or paste it below</span>
          <input class="field" type="file" accept=".json,application/json" onChange={(event) => void take((event.currentTarget as HTMLInputElement).files?.[0])} />
        </label>
        <label class="labelled">
          <span>JSON</span>
          <textarea class="field" spellcheck={false} value={pasted} onInput={(event) => setPasted((event.currentTarget as HTMLTextAreaElement).value)} />
        </label>
        {"board" in checked ? <Found {...checked} /> : pasted.trim() !== "" && <p class="notice">{checked.problem}</p>}
        <label class="labelled">
          <span>Folder (may stay empty)</span>
          <input class="field" value={folder} onInput={(event) => setFolder((event.currentTarget as HTMLInputElement).value)} />
        </label>
        {failure && (
          <p class="notice critical" role="alert">
            {failure}
          </p>
        )}
        <div>
          <button type="submit" class="button primary" disabled={!("board" in checked)}>
            {exists ? "Replace the one that is there" : "Import"}
          </button>
        </div>
      </form>
    </div>
  );
}

function Found({ board, losses }: Checked) {
  const panels = board.rows.reduce((sum, row) => sum + row.panels.length, 0);
  return (
    <section class="card page-part" aria-live="polite">
      <p>
        <b>{board.title}</b>: {panels === 1 ? "1 panel" : `${panels} panels`}, {board.variables.length === 1 ? "1 variable" : `${board.variables.length} variables`}.{" "}
        {losses.length === 0 ? "Everything in it can be drawn." : "What cannot be drawn as its author meant it:"}
      </p>
      <ul class="losses">
        {losses.map((loss, index) => (
          <li key={index}>
            <b>{loss.where}</b>: {loss.what}
          </li>
        ))}
      </ul>
    </section>
  );
}

async function check(pasted: string): Promise<Checked | { problem: string }> {
  let json: unknown;
  try {
    json = JSON.parse(pasted);
  } catch (error) {
    return { problem: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isObject(json)) return { problem: "This is no Grafana dashboard." };
  try {
    const board = await readDashboard(json);
    return { json: stored(json, board), board, losses: allLosses(board) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The dashboard itself out of what an export wraps around it; uid and title stand where the server looks for them. */
function stored(json: Record<string, unknown>, board: Dashboard): Record<string, unknown> {
  const inner = isObject(json["dashboard"]) ? object(json["dashboard"]) : isObject(json["spec"]) ? object(json["spec"]) : json;
  const { id: _, ...rest } = inner;
  return { ...rest, title: board.title, uid: text(inner["uid"]) || board.uid || undefined };
}
