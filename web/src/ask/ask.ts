/** Asking the console's own server: one function for every request, with the token that changes need and words for every failure. */

export class Failed extends Error {
  override readonly name = "Failed";
  /** `status` 0: nothing answered. */
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface AskOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON; URLSearchParams are sent as a form. */
  body?: unknown;
  signal?: AbortSignal;
  /** Asked by a timer: does not keep the session alive unless a person has touched the page since. */
  background?: boolean;
  within_ms?: number;
  /** Beside those that every request has. */
  headers?: Readonly<Record<string, string>>;
}

export interface Session {
  user: string;
  token: string;
  ends_at: number;
  idle_s: number;
  role: "viewer" | "editor" | "admin";
  organisation: string | null;
  stack: string;
  features: Readonly<Record<string, boolean>>;
  /** Seconds by which this device's clock is ahead of the console's. */
  ahead_s: number;
}

let touched = true;
for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  globalThis.addEventListener?.(kind, () => (touched = true), { passive: true, capture: true });
}

let known: Promise<Session> | null = null;

/** Who is signed in; asked once. Without a role in the answer nothing that changes is offered; the server decides in any case. */
export function session(): Promise<Session> {
  known ??= askSession();
  known.catch(() => (known = null));
  return known;
}

async function askSession(): Promise<Session> {
  const response = await request("/api/session");
  const there = Date.parse(response.headers.get("date") ?? "");
  const answer = (await response.json()) as Partial<Session>;
  return {
    user: answer.user ?? "",
    token: answer.token ?? "",
    ends_at: answer.ends_at ?? 0,
    idle_s: answer.idle_s ?? 0,
    role: answer.role ?? "viewer",
    organisation: answer.organisation ?? null,
    stack: answer.stack ?? "",
    features: answer.features ?? {},
    ahead_s: Number.isNaN(there) ? 0 : Math.round((Date.now() - there) / 1000),
  };
}

/** Leave for the sign-in page and come back here afterwards. */
export function signInAgain(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** The answer itself, for streams. Throws Failed with words for a person; an aborted request throws the AbortError. */
export async function request(path: string, options: AskOptions = {}): Promise<Response> {
  const { method = "GET", body, signal, background = false, within_ms = 60_000 } = options;
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (background && !touched) headers["X-Watchkeeper-Background"] = "1";
  if (background) touched = false;
  if (method !== "GET") headers["X-Watchkeeper-Token"] = (await session()).token;
  const isForm = body instanceof URLSearchParams;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  const limits = [AbortSignal.timeout(within_ms), ...(signal ? [signal] : [])];
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
      signal: AbortSignal.any(limits),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const timedOut = error instanceof DOMException && error.name === "TimeoutError";
    throw new Failed(timedOut ? "The console did not answer in time." : "The console cannot be reached.", 0);
  }
  if (response.status === 401) {
    signInAgain();
    throw new Failed("The session has ended.", 401);
  }
  if (!response.ok) throw new Failed(await reasonOf(response), response.status);
  return response;
}

/** The JSON that a path answers; null where the answer is empty. */
export async function ask<T>(path: string, options: AskOptions = {}): Promise<T> {
  const response = await request(path, options);
  const text = await response.text();
  return (text === "" ? null : JSON.parse(text)) as T;
}

async function reasonOf(response: Response): Promise<string> {
  const text = (await response.text()).trim();
  try {
    const answer = JSON.parse(text) as { message?: string; error?: string };
    return answer.message ?? answer.error ?? text;
  } catch {
    return text || `HTTP ${response.status}`;
  }
}
