/** Where we are, by the browser's history. Components that use it are drawn anew when it changes. */

import { useEffect, useState } from "preact/hooks";

type Listener = () => void;
const listeners = new Set<Listener>();

function tell(): void {
  for (const listener of [...listeners]) listener();
}

globalThis.addEventListener?.("popstate", tell);

/** Go to a path of this application. `replace` leaves no entry to go back to. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  const here = location.pathname + location.search + location.hash;
  if (path === here) return;
  if (options.replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  tell();
}

/** Change some of the URL's query and keep the rest; null takes a name out. */
export function setQuery(changes: Readonly<Record<string, string | readonly string[] | null>>, options: { replace?: boolean } = {}): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const one of value === null ? [] : typeof value === "string" ? [value] : value) query.append(name, one);
  }
  const text = query.toString();
  navigate(location.pathname + (text && `?${text}`) + location.hash, options);
}

export function onLocation(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export interface Place {
  path: string;
  query: URLSearchParams;
}

const place = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export function useLocation(): Place {
  const [at, setAt] = useState(place);
  useEffect(() => {
    const update = () => setAt(place());
    update();
    return onLocation(update);
  }, []);
  return at;
}

/** Ordinary clicks on links of this application do not load a page anew. Links that leave it, or open beside it, stay as they are. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (/^\/(login|api|static|metrics|-)(\/|$)/.test(link.pathname)) return;
  // a jump inside the page
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
  globalThis.scrollTo(0, 0);
}
