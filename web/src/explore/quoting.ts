/** Literals of the query languages, and changes of a text by place. Pure, and without any parser. */

export interface Change {
  from: number;
  to: number;
  insert: string;
}

/** A value as both query languages quote it. */
export const quoted = (value: string): string => `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;

/** What stands between the quotes of a literal, with its escapes resolved. */
export function unquoted(literal: string): string {
  const inside = literal.slice(1, -1);
  if (literal.startsWith("`")) return inside;
  return inside.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped));
}

export function changed(text: string, changes: readonly Change[]): string {
  let result = text;
  for (const { from, to, insert } of [...changes].sort((a, b) => b.from - a.from)) result = result.slice(0, from) + insert + result.slice(to);
  return result;
}
