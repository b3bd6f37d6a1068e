/** What a column is called: its own name, the source's legend, or its labels, so that no two columns look alike without need. */

import type { Field, Frame, Labels } from "../frame/frame";

const VALUE = "Value";

export function labelText(labels: Labels | undefined, omit: Labels = {}): string {
  const parts = Object.keys(labels ?? {})
    .filter((key) => !Object.hasOwn(omit, key))
    .sort()
    .map((key) => `${key}="${labels![key]}"`);
  return parts.length ? `{${parts.join(", ")}}` : "";
}

/** When every labelled column of all frames has the same single label, its value alone tells them apart. */
function singleLabel(frames: readonly Frame[]): string | undefined {
  const names = new Set(frames.flatMap((frame) => frame.fields.flatMap((field) => Object.keys(field.labels ?? {}))));
  return names.size === 1 ? [...names][0] : undefined;
}

/** "x 1", "x 2" for columns of one frame that share a name. */
function unique(field: Field, frame: Frame): string {
  const same = frame.fields.filter((other) => other.name === field.name);
  return same.length > 1 ? `${field.name} ${same.indexOf(field) + 1}` : field.name;
}

function described(field: Field, frame: Frame, frames: readonly Frame[]): string {
  const framesDiffer = frames.some((other, index) => index > 0 && other.name !== frames[index - 1]!.name);
  const parts: string[] = [];
  const withFrame = framesDiffer && Boolean(frame.name);
  if (withFrame) parts.push(frame.name!);
  if (field.name && field.name !== VALUE) parts.push(field.name);
  let labelled = false;
  if (field.labels) {
    const only = singleLabel(frames);
    const text = only ? field.labels[only] : labelText(field.labels);
    labelled = Boolean(text);
    if (text) parts.push(text);
  }
  if (!withFrame && !labelled && field.name === VALUE && frame.name) parts.push(frame.name);
  return parts.join(" ") || field.name || VALUE;
}

/** The name to show for a column, found from all frames of the panel; a name already found stays. */
export function fieldName(field: Field, frame?: Frame, frames?: readonly Frame[]): string {
  if (field.state?.displayName) return field.state.displayName;
  if (field.config.displayName) return field.config.displayName;
  if (!frame) return field.name;
  if (field.config.displayNameFromDS) return field.config.displayNameFromDS;
  if (field.type === "time" && !field.labels) return field.name || "Time";
  const name = described(field, frame, frames ?? [frame]);
  return name === field.name ? unique(field, frame) : name;
}

/** For a frame as a whole: its name, or that of its only value column. */
export function frameName(frame: Frame, index?: number): string {
  if (frame.name) return frame.name;
  const values = frame.fields.filter((field) => field.type !== "time");
  if (values.length === 1) return fieldName(values[0]!, frame);
  if (index === undefined && values.length) return values.map((field) => fieldName(field, frame)).join(", ");
  return `Series (${frame.refId || index})`;
}
