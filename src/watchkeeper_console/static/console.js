// Asking the console's API, and the bar on top of every page.

let session = null;
let touched = true;
for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, () => { touched = true; }, { passive: true, capture: true });
}

export class Failed extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

function signInAgain() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function token() {
  session ??= await ask("/api/session");
  return session.token;
}

/**
 * Ask the API and answer its JSON. Throws Failed with words for a person. `background`: a page that refreshes itself does not
 * keep its session alive unless somebody has touched it since the last time.
 */
export async function ask(path, { method = "GET", body, signal, background = false, within = 30000 } = {}) {
  const headers = { Accept: "application/json" };
  if (background && !touched) headers["X-Watchkeeper-Background"] = "1";
  if (background) touched = false;
  if (method !== "GET") headers["X-Watchkeeper-Token"] = await token();
  if (body !== undefined && !(body instanceof URLSearchParams)) headers["Content-Type"] = "application/json";
  const limits = [AbortSignal.timeout(within), signal].filter(Boolean);
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined || body instanceof URLSearchParams ? body : JSON.stringify(body),
      signal: AbortSignal.any(limits),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failed(error.name === "TimeoutError" ? "The console did not answer in time." : "The console cannot be reached.", 0);
  }
  if (response.status === 401) {
    signInAgain();
    throw new Failed("The session has ended.", 401);
  }
  const text = await response.text();
  let answer = null;
  try { answer = JSON.parse(text); } catch { /* an upstream's plain text */ }
  if (!response.ok) throw new Failed(answer?.error ?? answer?.message ?? (text.trim() || `HTTP ${response.status}`), response.status);
  return answer;
}

async function signOut(everywhere) {
  await ask("/api/logout", { method: "POST", body: { everywhere } });
  location.assign("/login");
}

export function startBar() {
  const person = document.querySelector(".person");
  document.getElementById("leave").addEventListener("click", () => signOut(false));
  document.getElementById("leave-everywhere").addEventListener("click", () => signOut(true));
  addEventListener("click", (event) => { if (!person.contains(event.target)) person.open = false; });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !person.open) return;
    person.open = false;
    person.querySelector("summary").focus();
  });
}
