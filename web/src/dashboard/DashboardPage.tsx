import type { PageProps } from "../shell/routes";

export default function DashboardPage(_: PageProps) {
  return <p class="page">…</p>;
}
