/** Every runbook, to be searched. */

import { useState } from "preact/hooks";
import { ask } from "../ask/ask";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { sentence } from "../status/words";
import "../status/marks.css";
import "./runbook.css";

export default function RunbooksPage() {
  const { data, failure } = usePolled(({ signal }) => ask<{ runbooks: { name: string; title: string }[] }>("/api/runbooks", { signal }), 0, "runbooks");
  const [wanted, setWanted] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = (data?.runbooks ?? []).filter(({ name, title }) => words.every((word) => `${name} ${title}`.toLowerCase().includes(word)));
  return (
    <div class="page">
      <header>
        <h1>Runbooks</h1>
        <label class="seek"><span class="unseen">Search runbooks</span><input class="field" type="search" placeholder="Search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} /></label>
      </header>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      <ul class="runbooks">{shown.map(({ name, title }) => <li key={name}><a href={`/runbooks/${encodeURIComponent(name)}`}><b>{name}</b>{title !== name && <span>{title}</span>}</a></li>)}</ul>
      {data && shown.length === 0 && <p class="message">{data.runbooks.length === 0 ? "This stack came without runbooks." : "No runbook is called so."}</p>}
    </div>
  );
}
