/** What can come next in a LogQL text. Pure: names and values themselves are asked for elsewhere. */

export type Expected =
  | { kind: "label"; from: number; selector: string }
  | { kind: "value"; from: number; label: string; selector: string }
  | { kind: "stage"; from: number; selector: string }
  | { kind: "function"; from: number }
  | { kind: "range"; from: number };

export interface Word {
  label: string;
  detail: string;
  apply?: string;
}

export const STAGES: readonly Word[] = [
  { label: "json", detail: "parse the line as JSON" },
  { label: "logfmt", detail: "parse the line as logfmt" },
  { label: "pattern", detail: "parse by a pattern", apply: "pattern `<_>`" },
  { label: "regexp", detail: "parse by an expression", apply: "regexp `(?P<name>)`" },
  { label: "unpack", detail: "take apart what was packed" },
  { label: "decolorize", detail: "drop colour codes" },
  { label: "line_format", detail: "rewrite the line", apply: "line_format `{{.__line__}}`" },
  { label: "label_format", detail: "rename or rewrite labels" },
  { label: "drop", detail: "leave labels out" },
  { label: "keep", detail: "keep only some labels" },
  { label: "unwrap", detail: "take a label's number as the sample" },
];

export const FUNCTIONS: readonly Word[] = [
  ...["rate", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time"].map((label): Word => ({ label, detail: "of lines over a range" })),
  ...["rate_counter", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "first_over_time", "last_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time"]
    .map((label): Word => ({ label, detail: "of unwrapped values over a range" })),
  ...["sum", "avg", "min", "max", "count", "topk", "bottomk", "stddev", "stdvar", "sort", "sort_desc"].map((label): Word => ({ label, detail: "of series" })),
  { label: "by", detail: "group by labels" },
  { label: "without", detail: "group by all other labels" },
  { label: "label_replace", detail: "make a label from another" },
  { label: "vector", detail: "a number as a series" },
];

/** The part of `text` before `at` in which strings and comments are blanked, so that their signs mean nothing. */
function outline(text: string, at: number): { text: string; openString: number } {
  let result = "";
  let openString = -1;
  let quote = "";
  for (let index = 0; index < at; index += 1) {
    const char = text.charAt(index);
    if (quote !== "") {
      if (char === "\\" && quote === '"') {
        result += "  ";
        index += 1;
        continue;
      }
      if (char === quote) quote = "";
      result += quote === "" ? char : " ";
    } else if (char === '"' || char === "`") {
      quote = char;
      openString = index;
      result += char;
    } else if (char === "#") {
      while (index < at && text.charAt(index) !== "\n") {
        result += " ";
        index += 1;
      }
      result += index < at ? "\n" : "";
    } else {
      result += char;
    }
  }
  return { text: result, openString: quote === "" ? -1 : openString };
}

/** null: nothing to offer there, as inside the text of a line filter. `selector`: the stream selector so far, valid on its own, or empty. */
export function expectedAt(text: string, at: number): Expected | null {
  const { text: plain, openString } = outline(text, at);
  const brace = plain.lastIndexOf("{");
  const isInside = brace > plain.lastIndexOf("}");
  if (openString >= 0) {
    const label = /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*$/.exec(plain.slice(0, openString));
    return isInside && label?.[1] ? { kind: "value", from: openString + 1, label: label[1], selector: selectorBefore(text, brace, plain) } : null;
  }
  const word = /\w*$/.exec(plain)?.[0] ?? "";
  const from = at - word.length;
  const before = plain.slice(0, from).trimEnd();
  if (isInside) return /[{,]$/.test(before) ? { kind: "label", from, selector: selectorBefore(text, brace, plain) } : null;
  if (/\[\s*$/.test(before)) return { kind: "range", from };
  if (/\|$/.test(before) && before.includes("}")) return { kind: "stage", from, selector: lastSelector(text, plain) };
  if (before === "" || /[(,+\-*/%^]$|\)$|\b(?:by|without|and|or|unless)\b/.test(before)) return { kind: "function", from };
  return null;
}

/** The matchers before the one that is being written: completing within them offers only what goes with them. */
function selectorBefore(text: string, brace: number, plain: string): string {
  const comma = plain.lastIndexOf(",");
  return comma > brace ? `${text.slice(brace, comma)}}` : "";
}

function lastSelector(text: string, plain: string): string {
  const end = plain.lastIndexOf("}");
  const start = plain.lastIndexOf("{", end);
  return start >= 0 ? text.slice(start, end + 1) : "";
}
