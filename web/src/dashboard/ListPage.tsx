import type { PageProps } from "../shell/routes";

export default function ListPage(_: PageProps) {
  return <p class="page">…</p>;
}
