/** Accounts, tokens and the audit log of the console's own API. */

import { ask } from "../ask/ask";

export const ROLES = ["viewer", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What each role may do, for the forms. */
export const ROLE_MEANS: Readonly<Record<Role, string>> = {
  viewer: "sees everything",
  editor: "also imports dashboards and silences alerts",
  admin: "also manages people and reads the audit log",
};

export interface Account {
  name: string;
  role: Role;
  organisation: string | null;
  disabled: boolean;
  /** file: from the stack's description; local: made here; oidc: from the identity provider. */
  source: "file" | "local" | "oidc";
  created_at: number;
}

export interface Token {
  id: string;
  user: string;
  name: string;
  role: Role;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface AuditEntry {
  id: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  outcome: string;
  address: string;
  detail: string;
}

interface Options {
  signal?: AbortSignal;
  background?: boolean;
}

const path = (name: string) => `/api/users/${encodeURIComponent(name)}`;

export const accounts = async (options: Options) => (await ask<{ users: Account[] }>("/api/users", options)).users;
export const addAccount = (account: { name: string; password: string; role: Role; organisation?: string }) =>
  ask<Account>("/api/users", { method: "POST", body: account });
export const changeAccount = (name: string, changes: { role?: Role; organisation?: string | null; disabled?: boolean; password?: string }) =>
  ask<Account>(path(name), { method: "PATCH", body: changes });
export const deleteAccount = (name: string) => ask<unknown>(path(name), { method: "DELETE" });

export const changePassword = (passwords: { old: string; new: string }) => ask<unknown>("/api/password", { method: "POST", body: passwords });
export const signOutEverywhere = () => ask<unknown>("/api/logout", { method: "POST", body: { everywhere: true } });

export const tokens = async (options: Options) => (await ask<{ tokens: Token[] }>("/api/tokens", options)).tokens;
/** The secret is in this answer and never again. */
export const addToken = (token: { name: string; role: Role; expires_in_s: number }) =>
  ask<Token & { token: string }>("/api/tokens", { method: "POST", body: token });
export const deleteToken = (id: string) => ask<unknown>(`/api/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });

export const auditEntries = (before: number | null, options: Options) =>
  ask<{ entries: AuditEntry[]; next: number | null }>(`/api/audit?limit=100${before === null ? "" : `&before=${before}`}`, options);
