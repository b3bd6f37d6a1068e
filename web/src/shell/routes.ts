/** Every page of the application, literally: the pattern of its path, its name, and the code that is loaded for it. */

import type { ComponentType } from "preact";

export interface PageProps {
  /** What stood in the place of `:name` in the pattern. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
}

export interface Route {
  pattern: string;
  title: string;
  /** The entry of the navigation that is marked while this page is shown. */
  section: "home" | "dashboards" | "explore" | "alerts" | "traces" | "people" | "";
  load: () => Promise<{ default: ComponentType<PageProps> }>;
  /** Drawn without bar and navigation, for people who are not signed in. */
  bare?: boolean;
}

export const ROUTES: readonly Route[] = [
  { pattern: "/", title: "Status", section: "home", load: () => import("../status/StatusPage") },
  { pattern: "/dashboards", title: "Dashboards", section: "dashboards", load: () => import("../dashboard/ListPage") },
  { pattern: "/import", title: "Import a dashboard", section: "dashboards", load: () => import("../dashboard/ImportPage") },
  { pattern: "/d/:uid", title: "Dashboard", section: "dashboards", load: () => import("../dashboard/DashboardPage") },
  { pattern: "/d/:uid/:slug", title: "Dashboard", section: "dashboards", load: () => import("../dashboard/DashboardPage") },
  { pattern: "/explore", title: "Explore", section: "explore", load: () => import("../explore/ExplorePage") },
  { pattern: "/traces", title: "Traces", section: "traces", load: () => import("../traces/TracesPage") },
  { pattern: "/traces/:id", title: "Trace", section: "traces", load: () => import("../traces/TracePage") },
  { pattern: "/alerts", title: "Alert rules", section: "alerts", load: () => import("../alerts/RulesPage") },
  { pattern: "/alerts/groups", title: "Alert groups", section: "alerts", load: () => import("../alerts/GroupsPage") },
  { pattern: "/alerts/silences", title: "Silences", section: "alerts", load: () => import("../alerts/SilencesPage") },
  { pattern: "/alerts/notifications", title: "Notifications", section: "alerts", load: () => import("../alerts/NotificationsPage") },
  { pattern: "/runbooks", title: "Runbooks", section: "alerts", load: () => import("../runbook/RunbooksPage") },
  { pattern: "/runbooks/:name", title: "Runbook", section: "alerts", load: () => import("../runbook/RunbookPage") },
  { pattern: "/public/status", title: "Status", section: "", bare: true, load: () => import("../statuspage/PublicStatusPage") },
  { pattern: "/people", title: "People", section: "people", load: () => import("../people/PeoplePage") },
  { pattern: "/account", title: "Account", section: "", load: () => import("../people/AccountPage") },
  { pattern: "/audit", title: "Audit log", section: "people", load: () => import("../people/AuditPage") },
];

/** The route of a path and what its parameters are; null where there is none. */
export function routeOf(path: string, routes: readonly Route[] = ROUTES): { route: Route; params: Record<string, string> } | null {
  const given = path.split("/").filter(Boolean);
  for (const route of routes) {
    const wanted = route.pattern.split("/").filter(Boolean);
    if (wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, at) => {
      if (!part.startsWith(":")) return part === given[at];
      params[part.slice(1)] = decoded(given[at]!);
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
