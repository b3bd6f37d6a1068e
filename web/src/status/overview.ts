/** The shapes of /api/overview and /api/proof. Types, and the one place that asks for them. */

import { ask } from "../ask/ask";

export type Level = "ok" | "warning" | "critical";

export interface Part<T> {
  /** Seconds since 1970. */
  at: number;
  /** null: nothing configured, or `error` says what failed. */
  data: T | null;
  error: string;
}

export interface Component {
  name: string;
  health: "healthy" | "unhealthy" | "starting" | "stopped" | "unknown";
  detail: string;
  uptime_s: number | null;
  restarts: number | null;
  last_restart_reason: string;
  memory_bytes: number | null;
  memory_budget_bytes: number | null;
  cpu_cores: number | null;
}

export interface Target {
  job: string;
  instance: string;
  url: string;
  health: "up" | "down" | "unknown";
  error: string;
  scraped_at: string;
  took_s: number;
  labels: Record<string, string>;
}

export interface Alert {
  name: string;
  state: "firing" | "pending";
  severity: string;
  summary: string;
  description: string;
  since: string;
  labels: Record<string, string>;
  value: string;
  muted: string;
  receivers: string[];
  is_watchdog: boolean;
}

export interface Claim {
  name: string;
  sentence: string;
  requirements: string[];
  outcome: "passed" | "failed" | "inconclusive";
  finding: string;
}

export interface Proof {
  started_at: string;
  passed: number;
  failed: number;
  inconclusive: number;
  claims: Claim[];
}

export interface ErrorLine {
  at_ns: string;
  labels: Record<string, string>;
  line: string;
}

export interface Overview {
  stack: { name: string };
  at: number;
  verdict: { level: Level; reasons: { level: Level; text: string }[] };
  components: Part<{ shown: Component[]; memory_budget_bytes: number | null }>;
  targets: Part<{ up: number; down: number; unknown: number; shown: Target[] }>;
  alerts: Part<{ shown: Alert[]; firing: number; pending: number; notes: string[] }>;
  errors: Part<{ query: string; shown: ErrorLine[] }>;
  proof: Part<Proof>;
}

export const PARTS = ["components", "targets", "alerts", "errors", "proof"] as const;
export type PartName = (typeof PARTS)[number];

export const readOverview = (options: { signal: AbortSignal; background: boolean }) =>
  ask<Overview>("/api/overview", { ...options, within_ms: 10_000 });

export interface Exchange {
  at: number;
  request: string;
  parameters: Record<string, string>;
  status: number | null;
  answer: string;
  took_s: number;
}

/** One claim of the whole report, as `watchkeeper verify` writes it. */
export interface ReportedClaim {
  claim: string;
  bound: string;
  details: string[];
  started_at: number;
  took_s: number;
  evidence: Exchange[];
  evidence_left_out: number;
}

export const readReport = (signal: AbortSignal) => ask<{ claims: ReportedClaim[] } | null>("/api/proof", { signal });
