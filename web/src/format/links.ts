/** Links from dashboards and data: only those that lead somewhere harmless. */

import type { Field, Link } from "../frame/frame";
import type { Interpolate } from "./apply";

const SAFE = /^(https?:|mailto:|tel:)/i;

/** undefined for javascript:, data: and every other scheme that could run something. Browsers drop tabs and line ends inside a scheme. */
export function safeUrl(url: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- control characters are what is being removed
  const bare = url.replace(/[\u0000-\u0020\u007f-\u009f]/g, "");
  if (!bare) return undefined;
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(bare);
  return !scheme || SAFE.test(bare) ? url.trim() : undefined;
}

export interface ReadyLink {
  title: string;
  url: string;
  target: "_blank" | undefined;
}

/** Links of a value with its variables filled in; those that are not safe are left out. */
export function readyLinks(links: readonly Link[] | undefined, field: Field, row: number | null, text: string, interpolate: Interpolate, rows?: readonly Field[], time?: number): ReadyLink[] {
  return (links ?? []).flatMap((link) => {
    const value = row === null ? undefined : field.values[row];
    const valueOf = (each: Field) => String((row === null ? undefined : each.values[row]) ?? "");
    // by name or by number, the name first
    const fields = Object.fromEntries([...(rows ?? []).map((each, index) => [index, valueOf(each)]), ...(rows ?? []).map((each) => [each.state?.displayName ?? each.name, valueOf(each)])]);
    const scoped = {
      __field: { name: field.name, labels: field.labels ?? {} },
      __series: { name: field.state?.displayName ?? field.name },
      __value: { raw: value, numeric: Number(value), text, time: time ?? "" },
      __data: { fields },
    };
    const url = safeUrl(interpolate(link.url, scoped));
    return url ? [{ title: interpolate(link.title || "", scoped) || url, url, target: link.targetBlank ? ("_blank" as const) : undefined }] : [];
  });
}
