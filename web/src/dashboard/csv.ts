/** Frames as comma-separated values. Pure. */

import type { Field, Frame } from "../frame/frame";
import { describe } from "../frame/prometheus";

export const nameOfField = (field: Field): string => field.config.displayName || field.config.displayNameFromDS || (field.labels && field.type !== "time" ? describe(field.labels) : "") || field.name;

/** Series that share their times stand beside each other; everything else is one block after the other, with an empty line between. */
export function csvOf(frames: readonly Frame[]): string {
  const [first] = frames;
  if (!first) return "";
  const shared = frames.every((frame) => frame.fields[0]?.type === "time" && frame.length === first.length && sameTimes(frame.fields[0], first.fields[0]!));
  if (!shared) return frames.map((frame) => block(frame.fields, frame.length)).join("\r\n");
  return block([first.fields[0]!, ...frames.flatMap((frame) => frame.fields.slice(1))], first.length);
}

const sameTimes = (a: Field, b: Field) => a.values === b.values || a.values.every((value, index) => value === b.values[index]);

function block(fields: readonly Field[], length: number): string {
  const lines = [fields.map((field) => cell(nameOfField(field))).join(",")];
  for (let row = 0; row < length; row += 1) lines.push(fields.map((field) => cell(valueOf(field, row))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function valueOf(field: Field, row: number): string {
  const value = field.values[row];
  if (value === null || value === undefined) return "";
  if (field.type === "time") return new Date(value as number).toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Quoted where it must be; what a spreadsheet would calculate is made a text. */
function cell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d|Infinity|$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
