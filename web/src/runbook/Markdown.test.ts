import { h, type VNode } from "preact";
import { describe, expect, it } from "vitest";
import { Markdown, safeHref, slug } from "./Markdown";

/** The elements of a component tree as text, without a browser. */
function drawn(node: unknown): string {
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(drawn).join("");
  const { type, props } = node as VNode<Record<string, unknown>>;
  if (typeof type === "function") return drawn((type as (props: unknown) => unknown)(props));
  const shown = ["href", "id", "start", "type"].flatMap((name) => (props[name] === undefined ? [] : ` ${name}=${String(props[name])}`)).join("");
  return `<${type}${shown}>${drawn(props["children"])}</${type}>`;
}

const markdown = (text: string) => drawn(h(Markdown, { text })).replace(/^<div>|<\/div>$/g, "");

describe("Markdown", () => {
  it.each([
    ["# Disk full\n\nIt *is* **bad** `df -h`.", "<h1 id=disk-full>Disk full</h1><p>It <em>is</em> <strong>bad</strong> <code>df -h</code>.</p>"],
    ["- one\n- two\n  1. inner", "<ul><li>one</li><li>two<ol start=1><li>inner</li></ol></li></ul>"],
    ["```sh\nrm <x> && ls\n```", "<pre><code>rm <x> && ls</code></pre>"],
    ["| a | b |\n|---|---|\n| 1 | `2` |", "<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><code>2</code></td></tr></tbody></table></div>"],
    ["[other](HostDown.md) and [web](https://example.org/a?b=c&d)", "<p><a href=/runbooks/HostDown>other</a> and <a href=https://example.org/a?b=c&d>web</a></p>"],
    ["a &lt; b &amp; c", "<p>a < b & c</p>"],
  ])("%j", (text, elements) => {
    expect(markdown(text)).toBe(elements);
  });

  it("shows markup as text, and drops addresses that would run something", () => {
    expect(markdown("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>"); // one text node: drawn() has no such element
    expect(markdown("[x](javascript:alert(1)) ![y](http://x/y.png)")).toBe("<p>x y</p>");
  });
});

it.each([
  ["javascript:alert(1)", null],
  ["JaVaScript:alert(1)", null],
  ["java\nscript:alert(1)", null],
  ["data:text/html,x", null],
  ["//elsewhere.example/", null],
  ["/\\elsewhere.example", null],
  ["\t//elsewhere.example", null],
  ["/explore?q=up", "/explore?q=up"],
  ["./HostDown.md#what", "/runbooks/HostDown"],
  ["#do", "#do"],
])("the address %j becomes %j", (href, safe) => {
  expect(safeHref(href)).toBe(safe);
});

it("names headings for links", () => {
  expect(slug("What to do, first?")).toBe("what-to-do-first");
});
