/** The dashboards that the console holds: those that came with the stack and those that people imported. */

import { ask } from "./ask";

export interface DashboardEntry {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  folder: string;
  provisioned: boolean;
  updated_at: number;
}

export interface StoredDashboard {
  meta: { uid: string; provisioned: boolean; folder: string; version: number; updated_at: number; updated_by: string };
  dashboard: Record<string, unknown>;
}

export const dashboards = async (signal?: AbortSignal) =>
  (await ask<{ dashboards: DashboardEntry[] }>("/api/dashboards", { signal })).dashboards;

const early = new Map<string, Promise<StoredDashboard>>();

const path = (uid: string) => `/api/dashboards/${encodeURIComponent(uid)}`;

/** Begin to read a dashboard while the code that draws it is still on its way. */
export function expectDashboard(uid: string): void {
  const asked = ask<StoredDashboard>(path(uid));
  asked.catch(() => undefined); // told to whoever takes it
  early.set(uid, asked);
}

export function storedDashboard(uid: string, signal?: AbortSignal): Promise<StoredDashboard> {
  const expected = early.get(uid);
  early.delete(uid);
  return expected ?? ask<StoredDashboard>(path(uid), { signal });
}

export const saveDashboard = (dashboard: object, folder: string, overwrite: boolean) =>
  ask<{ uid: string; version: number }>("/api/dashboards", { method: "POST", body: { dashboard, folder, overwrite } });

export const deleteDashboard = (uid: string) => ask<null>(path(uid), { method: "DELETE" });
