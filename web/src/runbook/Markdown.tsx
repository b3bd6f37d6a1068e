/** Markdown as elements, made from its tokens: no markup in the text ever reaches the page, so nothing has to be sanitised. */

import { marked, type Token, type Tokens } from "marked";
import type { ComponentChildren } from "preact";

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{marked.lexer(text, { gfm: true }).map((token, index) => <Block key={index} token={token} />)}</div>;
}

/** `How it works` → `how-it-works`, for links to a heading. */
export const slug = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, "").trim().replace(/\s+/g, "-");

/** Addresses that a browser opens as pages; everything else (javascript:, data:) is null. Links between runbook files lead to their pages. */
export function safeHref(href: string): string | null {
  if (/^(?:https?:\/\/|mailto:|#)/i.test(href)) return href;
  // eslint-disable-next-line no-control-regex -- browsers skip these inside of a scheme, so "java\nscript:" is one
  const plain = href.replace(/[\u0000-\u0020]/g, "");
  const [, name] = /^(?:\.\/)?([A-Za-z0-9_.-]+)\.md(?:#.*)?$/.exec(plain) ?? [];
  if (name !== undefined) return `/runbooks/${name}`;
  return /^\/(?!\/)/.test(plain) && !plain.includes("\\") ? plain : null;
}

function Block({ token }: { token: Token }): ComponentChildren {
  switch (token.type) {
    case "heading": {
      const { depth, text, tokens } = token as Tokens.Heading;
      const Heading = `h${Math.min(6, depth)}` as "h2";
      return <Heading id={slug(text)}><Inline tokens={tokens} /></Heading>;
    }
    case "paragraph":
      return <p><Inline tokens={(token as Tokens.Paragraph).tokens} /></p>;
    case "code":
      return <pre tabIndex={0}><code>{(token as Tokens.Code).text}</code></pre>;
    case "blockquote":
      return <blockquote>{(token as Tokens.Blockquote).tokens.map((inner, index) => <Block key={index} token={inner} />)}</blockquote>;
    case "list":
      return <List list={token as Tokens.List} />;
    case "table":
      return <Table table={token as Tokens.Table} />;
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    default:
      // inside of a list "text" holds a line of its own; raw HTML is shown as it is written
      return "tokens" in token && token.tokens ? <Inline tokens={token.tokens} /> : <>{"text" in token ? (token as Tokens.Text).text : token.raw}</>;
  }
}

function List({ list }: { list: Tokens.List }) {
  const items = list.items.map((item, index) => (
    <li key={index}>
      {item.task && <input type="checkbox" disabled checked={item.checked === true} aria-label={item.checked ? "done" : "to do"} />}
      {item.tokens.filter(({ type }) => type !== "checkbox").map((token, at) => <Block key={at} token={token} />)}
    </li>
  ));
  return list.ordered ? <ol start={list.start === "" ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>;
}

const Table = ({ table }: { table: Tokens.Table }) => (
  <div class="scroll">
    <table class="listing">
      <thead><tr>{table.header.map((cell, index) => <th key={index} scope="col"><Inline tokens={cell.tokens} /></th>)}</tr></thead>
      <tbody>{table.rows.map((row, index) => <tr key={index}>{row.map((cell, at) => <td key={at}><Inline tokens={cell.tokens} /></td>)}</tr>)}</tbody>
    </table>
  </div>
);

const Inline = ({ tokens }: { tokens: readonly Token[] | undefined }) => <>{(tokens ?? []).map((token, index) => <Span key={index} token={token} />)}</>;

function Span({ token }: { token: Token }): ComponentChildren {
  switch (token.type) {
    case "strong":
      return <strong><Inline tokens={(token as Tokens.Strong).tokens} /></strong>;
    case "em":
      return <em><Inline tokens={(token as Tokens.Em).tokens} /></em>;
    case "del":
      return <del><Inline tokens={(token as Tokens.Del).tokens} /></del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const { href, tokens } = token as Tokens.Link;
      const safe = safeHref(href);
      return safe === null ? <Inline tokens={tokens} /> : <a href={safe} rel="noreferrer"><Inline tokens={tokens} /></a>;
    }
    case "image":
      // what is elsewhere is not loaded into this page
      return <>{(token as Tokens.Image).text}</>;
    case "escape":
      return <>{(token as Tokens.Escape).text}</>;
    default:
      return "tokens" in token && token.tokens ? <Inline tokens={token.tokens} /> : <>{unescaped("text" in token ? (token as Tokens.Text).text : token.raw)}</>;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };

/** The few entities that people write into Markdown; text nodes show all others as they are. */
const unescaped = (text: string): string => text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name] ?? "");
