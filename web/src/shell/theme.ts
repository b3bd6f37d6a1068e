/** Dark or light: what the person chose, else what the system wants. Colours themselves are in theme.css. */

import { useEffect, useState } from "preact/hooks";

export type Theme = "dark" | "light";
export type ThemeChoice = Theme | "auto";

const KEY = "watchkeeper.theme";
const system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function themeChoice(): ThemeChoice {
  const wanted = new URLSearchParams(location.search).get("theme") ?? read();
  return wanted === "dark" || wanted === "light" ? wanted : "auto";
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off
  }
}

export function theme(): Theme {
  const choice = themeChoice();
  return choice === "auto" ? (system?.matches === false ? "light" : "dark") : choice;
}

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme();
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // holds until the page is left
  }
  changed();
}

function changed(): void {
  applyTheme();
  for (const listener of [...listeners]) listener();
}

system?.addEventListener("change", changed);

export function useTheme(): Theme {
  const [now, setNow] = useState(theme);
  useEffect(() => {
    const update = () => setNow(theme());
    update();
    listeners.add(update);
    return () => void listeners.delete(update);
  }, []);
  return now;
}
