/** Markdown, HTML and code from the dashboard. Everything that could run is taken out before it is shown. */

import DOMPurify from "dompurify";
import { marked } from "marked";
import { useMemo } from "preact/hooks";

import { safeUrl } from "../format/links";
import type { PanelProps } from "./panel";
import { DATA_STYLE, declarations, withoutForbidden } from "./textstyle";

/** Style attributes stay out: the page's policy forbids them, and they could cover the page. What is harmless in them is set one by one. */
const ALLOWED = { USE_PROFILES: { html: true }, FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "iframe", "object", "embed", "link", "meta", "base"], FORBID_ATTR: ["style", "srcset"], ALLOW_DATA_ATTR: false, ADD_ATTR: [DATA_STYLE], ADD_URI_SAFE_ATTR: [DATA_STYLE] };

export function cleaned(html: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(withoutForbidden(html), { ...ALLOWED, RETURN_DOM_FRAGMENT: true });
  for (const link of fragment.querySelectorAll("a[href]")) {
    const url = safeUrl(link.getAttribute("href") ?? "");
    if (url) link.setAttribute("href", url);
    else link.removeAttribute("href");
    link.setAttribute("rel", "noopener noreferrer");
    if (link.getAttribute("target") !== "_blank") link.removeAttribute("target");
  }
  for (const image of fragment.querySelectorAll("img")) {
    const url = safeUrl(image.getAttribute("src") ?? "");
    // the page loads nothing from elsewhere: whoever wants to see the picture opens it
    const words = image.getAttribute("alt") || "picture";
    if (url && isElsewhere(url)) image.replaceWith(image.closest("a") ? words : linkTo(url, words));
  }
  for (const element of fragment.querySelectorAll<HTMLElement>(`[${DATA_STYLE}]`)) {
    for (const [name, value] of declarations(element.getAttribute(DATA_STYLE) ?? "")) element.style.setProperty(name, value);
    element.removeAttribute(DATA_STYLE);
  }
  return fragment;
}

function isElsewhere(url: string): boolean {
  try {
    return new URL(url, location.href).origin !== location.origin;
  } catch {
    return true;
  }
}

function linkTo(url: string, words: string): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = `${words} ↗`;
  return link;
}

export function markdown(text: string): string {
  return marked.parse(text, { async: false, gfm: true, breaks: false });
}

export default function Text({ panel, width, height, interpolate }: PanelProps) {
  const { mode = "markdown", content = "" } = panel.options as { mode?: string; content?: string };
  const text = useMemo(() => interpolate(String(content)), [content, interpolate]);
  const fill = useMemo(() => {
    if (mode === "code") return null;
    const html = mode === "html" ? text : markdown(text);
    return (element: HTMLDivElement | null) => element?.replaceChildren(cleaned(html));
  }, [mode, text]);
  const size = { width: `${width}px`, height: `${height}px` };
  if (!fill) return <pre class="wk-text wk-text-code" tabIndex={0} style={size}>{text}</pre>;
  return <div class="wk-text" tabIndex={0} style={size} ref={fill} />;
}
