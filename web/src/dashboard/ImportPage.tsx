import type { PageProps } from "../shell/routes";

export default function ImportPage(_: PageProps) {
  return <p class="page">…</p>;
}
