/** Log frames to lines: level, labels, what is the same in all of them, repeated lines counted once. Pure. */

import type { Frame, Labels } from "../frame/frame";

export type Level = "critical" | "error" | "warning" | "info" | "debug" | "trace" | "unknown";

export interface LogLine {
  id: string;
  time: number;
  text: string;
  labels: Labels;
  level: Level;
  /** How often it stands there, when repeated lines are put together. */
  count: number;
}

const SPELLINGS: Readonly<Record<string, Level>> = {
  emerg: "critical", fatal: "critical", alert: "critical", crit: "critical", critical: "critical", panic: "critical",
  err: "error", eror: "error", error: "error", severe: "error",
  warn: "warning", warning: "warning",
  info: "info", information: "info", informational: "info", notice: "info",
  dbug: "debug", debug: "debug", trace: "trace",
};

const IN_TEXT = /\b(?:level|lvl|severity)["']?\s*[=:]\s*["']?([a-z]+)|\b(emerg|fatal|crit(?:ical)?|panic|err(?:or)?|warn(?:ing)?|info|notice|debug|trace)\b/i;

export function levelOf(labels: Labels, text: string): Level {
  const given = labels.detected_level ?? labels.level ?? labels.severity ?? labels.severity_text ?? labels.lvl;
  const known = given ? SPELLINGS[given.toLowerCase()] : undefined;
  if (known) return known;
  const found = IN_TEXT.exec(text.slice(0, 400));
  return SPELLINGS[(found?.[1] ?? found?.[2] ?? "").toLowerCase()] ?? "unknown";
}

/** A frame of logs has its lines in a column of texts: "Line", "body", "message", or the first there is. */
export function logLines(frames: readonly Frame[]): LogLine[] {
  return frames.flatMap((frame) => {
    const times = frame.fields.find((field) => field.type === "time");
    const texts = frame.fields.find((field) => /^(line|body|message|content)$/i.test(field.name)) ?? frame.fields.find((field) => field.type === "string");
    const labels = frame.fields.find((field) => field.name === "labels");
    const ids = frame.fields.find((field) => field.name === "id");
    if (!texts) return [];
    return texts.values.map((value, row): LogLine => {
      const text = String(value ?? "");
      const own = (labels?.values[row] ?? texts.labels ?? {}) as Labels;
      return { id: String(ids?.values[row] ?? `${frame.refId}-${row}`), time: Number(times?.values[row] ?? 0), text, labels: own, level: levelOf(own, text), count: 1 };
    });
  });
}

export function sortLines(lines: readonly LogLine[], ascending: boolean): LogLine[] {
  return [...lines].sort((a, b) => (ascending ? a.time - b.time : b.time - a.time));
}

export type Dedup = "none" | "exact" | "numbers" | "signature";

/** What has to be the same: the text without times; without numbers; only its punctuation. */
function signature(text: string, strategy: Dedup): string {
  if (strategy === "exact") return text.replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "");
  return strategy === "numbers" ? text.replace(/\d/g, "") : text.replace(/\w/g, "");
}

/** Only lines that follow each other are put together: the order of events stays readable. */
export function dedup(lines: readonly LogLine[], strategy: Dedup): LogLine[] {
  if (strategy === "none") return [...lines];
  const result: LogLine[] = [];
  let last = "";
  for (const line of lines) {
    const key = signature(line.text, strategy);
    const before = result.at(-1);
    if (before && key === last) before.count++;
    else result.push({ ...line });
    last = key;
  }
  return result;
}

export function commonLabels(lines: readonly LogLine[]): Labels {
  const [first, ...rest] = lines;
  return Object.fromEntries(Object.entries(first?.labels ?? {}).filter(([name, value]) => rest.every((line) => line.labels[name] === value)));
}

/** JSON is put on several lines; anything else stays. */
export function pretty(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Grafana's name for the line itself among its fields. */
const BODY = "___LOG_LINE_BODY___";

/** `level=warn user=ada`: the chosen fields that the line has; null where the whole line is to be shown. */
export function fieldsText({ labels, text }: LogLine, fields: readonly string[]): string | null {
  const parts = fields.flatMap((name) => (name === BODY ? [text] : Object.hasOwn(labels, name) ? [`${name}=${labels[name]}`] : []));
  return parts.length > 0 ? parts.join(" ") : null;
}
