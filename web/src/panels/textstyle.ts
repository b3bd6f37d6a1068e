/** Style attributes of texts that authors wrote as HTML: declarations that only change how a text looks, for the page's policy forbids the attribute. Pure. */

/** Looks only: nothing that leaves the panel, covers the page or loads something. */
const ALLOWED =
  /^(color|background(-color)?|opacity|font(-size|-weight|-style|-family|-variant)?|text-(align|decoration|transform|indent|shadow|overflow)|letter-spacing|word-(spacing|break)|white-space|overflow-wrap|line-height|vertical-align|list-style(-type)?|(margin|padding|border)(-(top|right|bottom|left))?(-(color|style|width))?|border-(radius|collapse|spacing)|((min|max)-)?(width|height)|display|float|clear|flex(-\w+)*|justify-content|align-(items|content|self)|gap|grid-template-(columns|rows)|box-(shadow|sizing))$/;

/** Marks the attribute while the text is read, so that the browser does not try (and report) to use it. */
export const DATA_STYLE = "data-style";

/**
 * Inside tags `style=` and `onclick=` and the like are renamed, for browsers report each of them that the policy forbids even if it
 * is taken out later. The result is cleaned like any other HTML.
 */
export const withoutForbidden = (html: string): string =>
  html.replace(/<[a-z](?:"[^"]*"|'[^']*'|[^>"'])*>/gi, (tag) =>
    tag.replace(/"[^"]*"|'[^']*'|([\s/])(style|on[a-z]+)(?=\s*=)/gi, (all, space?: string, name?: string) => (space === undefined ? all : space + (name!.toLowerCase() === "style" ? DATA_STYLE : "data-off"))));

/** `color: red; position: fixed` → [["color", "red"]]. Values that load or run something are left out. */
export function declarations(style: string): [name: string, value: string][] {
  return style.split(";").flatMap((part): [string, string][] => {
    const [, name = "", value = ""] = /^\s*([a-z-]+)\s*:\s*(.+?)\s*(?:!important)?\s*$/is.exec(part) ?? [];
    const isSafe = ALLOWED.test(name.toLowerCase()) && !/url\s*\(|expression|javascript:|@|\\|<|image-set/i.test(value);
    // negative margins would pull a text out of its panel
    return isSafe && !(/^margin/i.test(name) && value.includes("-")) ? [[name.toLowerCase(), value]] : [];
  });
}
