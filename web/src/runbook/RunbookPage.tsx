/** One runbook: what an alert means, and what to do about it. */

import { ask } from "../ask/ask";
import type { PageProps } from "../shell/routes";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { sentence } from "../status/words";
import { Markdown } from "./Markdown";
import "../status/marks.css";
import "./runbook.css";

interface Runbook {
  name: string;
  title: string;
  markdown: string;
}

export default function RunbookPage({ params }: PageProps) {
  const name = params["name"] ?? "";
  const { data, failure } = usePolled(({ signal }) => ask<Runbook>(`/api/runbooks/${encodeURIComponent(name)}`, { signal }), 0, name);
  const hasHeading = /^\s*# /.test(data?.markdown ?? "");
  return (
    <article class="page runbook">
      <nav class="trail" aria-label="Where you are"><a href="/runbooks">Runbooks</a> / {name} · <a href={`/alerts?search=${encodeURIComponent(name)}&rule=${encodeURIComponent(name)}`}>its rule</a></nav>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {data && !hasHeading && <h1>{data.title}</h1>}
      {data && <Markdown text={data.markdown} />}
    </article>
  );
}
