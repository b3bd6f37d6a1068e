/** What stands around every page: the bar with the navigation, the person's menu, the help and what went wrong. */

import { Component, type ComponentChildren, type ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { session, type Session } from "../ask/ask";
import { Icon, type IconName } from "./icons";
import { useShortcuts, type Shortcut } from "./keys";
import { Later, loaded } from "./Later";
import { followLinks, navigate, useLocation } from "./location";
import { type PageProps, type Route, routeOf } from "./routes";
import { chooseTheme } from "./theme";
import { toast, Toasts } from "./toasts";

interface Entry {
  section: Route["section"];
  path: string;
  name: string;
  icon: IconName;
  keys: string;
}

const ENTRIES: readonly Entry[] = [
  { section: "home", path: "/", name: "Home", icon: "home", keys: "h" },
  { section: "dashboards", path: "/dashboards", name: "Dashboards", icon: "dashboards", keys: "d" },
  { section: "explore", path: "/explore", name: "Explore", icon: "explore", keys: "e" },
  { section: "alerts", path: "/alerts", name: "Alerts", icon: "alerts", keys: "a" },
  { section: "traces", path: "/traces", name: "Traces", icon: "traces", keys: "s" },
];

export function useSession(): Session | null {
  const [who, setWho] = useState<Session | null>(null);
  useEffect(() => void session().then(setWho, () => undefined), []);
  return who;
}

export function Shell() {
  const { path, query } = useLocation();
  const found = useMemo(() => routeOf(path), [path]);
  const [help, setHelp] = useState(false);
  const kiosk = query.has("kiosk");
  useShortcuts("Everywhere", [
    { keys: "?", help: "Show these shortcuts", run: () => setHelp(!help) },
    ...ENTRIES.map((entry): Shortcut => ({ keys: entry.keys, help: `Go to ${entry.name}`, run: () => navigate(entry.path) })),
    { keys: "c t", help: "Change between dark and light", run: () => chooseTheme(document.documentElement.dataset["theme"] === "dark" ? "light" : "dark") },
  ]);
  useEffect(() => {
    if (found) document.title = `${found.route.title} · Watchkeeper`;
  }, [found]);
  return (
    <div class={kiosk ? "shell kiosk" : "shell"} onClick={followLinks}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      {!found?.route.bare && !kiosk && <Bar section={found?.route.section ?? ""} onHelp={() => setHelp(true)} />}
      <main id="content" tabIndex={-1}>
        <Guard key={found?.route.pattern ?? "none"}>
          {found ? <Lazy route={found.route} params={found.params} query={query} /> : <p class="page message">There is no such page here.</p>}
        </Guard>
      </main>
      {help && <Later load={() => import("./Help")} props={{ onClose: () => setHelp(false) }} />}
      <Toasts />
    </div>
  );
}

const CLOCK_OFF_S = 60;
let isClockTold = false;

/** "Now" is this device's: where its clock is off, the newest data are missing or seem to be late, and nobody would guess why. */
function tellClock(ahead_s: number): void {
  if (isClockTold || Math.abs(ahead_s) < CLOCK_OFF_S) return;
  isClockTold = true;
  toast(`This device's clock is ${Math.round(Math.abs(ahead_s) / 60)} min ${ahead_s > 0 ? "ahead of" : "behind"} the console's: what it takes for now is another time there.`, "failure");
}

function Bar({ section, onHelp }: { section: Route["section"]; onHelp: () => void }) {
  const who = useSession();
  useEffect(() => {
    if (who) tellClock(who.ahead_s);
  }, [who]);
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [section]);
  const entries = ENTRIES.filter((entry) => entry.section !== "traces" || who?.features["traces"] !== false);
  return (
    <header class="bar">
      <button type="button" class="plain narrow-only" aria-label="Navigation" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="menu" />
      </button>
      <a class="brand" href="/">
        <img src="/static/mark.svg" alt="" width="24" height="24" />
        <span class="name">Watchkeeper</span>
        {who?.stack && <span class="stack">{who.stack}</span>}
      </a>
      <nav class={open ? "open" : ""} aria-label="Sections">
        {entries.map((entry) => (
          <a key={entry.path} href={entry.path} aria-current={entry.section === section ? "page" : undefined}>
            <Icon name={entry.icon} />
            {entry.name}
          </a>
        ))}
      </nav>
      <button type="button" class="plain wide-only" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp}>
        <Icon name="keyboard" />
      </button>
      {who && <PersonMenu who={who} />}
    </header>
  );
}

function PersonMenu({ who }: { who: Session }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useCloseOutside(menu);
  return (
    <details class="person menu" ref={menu} onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary aria-label={`Signed in as ${who.user}`}>{who.user.slice(0, 1)}</summary>
      {open && <Later load={() => import("./PersonMenu")} props={{ who }} />}
    </details>
  );
}

/** Close a `<details>` menu by Escape, by a click elsewhere and by choosing a link in it. */
export function useCloseOutside(menu: { readonly current: HTMLDetailsElement | null }): void {
  useLayoutEffect(() => {
    const close = (event: Event) => {
      const it = menu.current;
      if (!it?.open) return;
      const isInside = event.target instanceof Node && it.contains(event.target);
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        event.preventDefault();
        it.querySelector("summary")?.focus();
      } else if (isInside && !(event.target as Element).closest("a")) return;
      it.open = false;
    };
    addEventListener("click", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("click", close);
      removeEventListener("keydown", close);
    };
  }, []);
}

function Lazy({ route, params, query }: { route: Route } & PageProps) {
  const [page, setPage] = useState<{ route: Route; component: ComponentType<PageProps> } | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    let wanted = true;
    setFailure("");
    loaded(route.load).then(
      (module) => wanted && setPage({ route, component: module.default }),
      // after an update of the console, files of the older page are gone
      () => wanted && setFailure("This page could not be loaded. The console may have been updated: reload the page."),
    );
    return () => void (wanted = false);
  }, [route]);
  if (failure) return <p class="page message">{failure}</p>;
  if (page?.route.load !== route.load) return null;
  const Page = page.component;
  return <Page params={params} query={query} />;
}

/** Keeps a mistake in one part from taking the whole page down, and says what it was. */
export class Guard extends Component<{ children: ComponentChildren }, { failure: string }> {
  override state = { failure: "" };

  static override getDerivedStateFromError(error: unknown) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render() {
    if (!this.state.failure) return this.props.children;
    return (
      <div class="page message" role="alert">
        <p>Something here does not work: {this.state.failure}</p>
        <button type="button" class="button" onClick={() => this.setState({ failure: "" })}>
          Try again
        </button>
      </div>
    );
  }
}
