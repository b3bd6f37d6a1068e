/** Alertmanager's API v2, through the console. */

import { ask } from "./ask";

const ROOT = "/api/alertmanager/api/v2";

export interface Matcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

export interface Silence {
  id: string;
  matchers: Matcher[];
  startsAt: string;
  endsAt: string;
  updatedAt?: string;
  createdBy: string;
  comment: string;
  status?: { state: "expired" | "active" | "pending" };
}

export interface ActiveAlert {
  fingerprint: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  updatedAt: string;
  generatorURL?: string;
  receivers: { name: string }[];
  status: { state: "unprocessed" | "active" | "suppressed"; silencedBy: string[]; inhibitedBy: string[]; mutedBy?: string[] };
}

export interface AlertGroup {
  labels: Record<string, string>;
  receiver: { name: string };
  alerts: ActiveAlert[];
}

export const activeAlerts = (signal?: AbortSignal) => ask<ActiveAlert[]>(`${ROOT}/alerts`, { signal });
export const alertGroups = (signal?: AbortSignal) => ask<AlertGroup[]>(`${ROOT}/alerts/groups`, { signal });
export const silences = (signal?: AbortSignal) => ask<Silence[]>(`${ROOT}/silences`, { signal });
export const receivers = (signal?: AbortSignal) => ask<{ name: string }[]>(`${ROOT}/receivers`, { signal });

/** Create a silence, or replace the one with this id; answers the id of what is now valid. */
export const putSilence = async (silence: Omit<Silence, "id" | "status" | "updatedAt"> & { id?: string }) =>
  (await ask<{ silenceID: string }>(`${ROOT}/silences`, { method: "POST", body: silence })).silenceID;

export const expireSilence = (id: string) => ask<null>(`${ROOT}/silence/${id}`, { method: "DELETE" });
