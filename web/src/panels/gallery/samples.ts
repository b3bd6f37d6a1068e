/** Made-up answers for the gallery: always the same ones. */

import type { Field, FieldConfig, Frame, Labels } from "../../frame/frame";

export const FROM = Date.UTC(2026, 10, 21, 4, 0, 0);
export const TO = FROM + 6 * 3600_000;
const STEP = 60_000;

/** A small generator of even numbers between 0 and 1, so that pictures can be compared. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

export function column(name: string, type: Field["type"], values: readonly unknown[], labels?: Labels, config: FieldConfig = {}): Field {
  return { name, type, values, config, ...(labels ? { labels } : {}) };
}

export function frame(refId: string, fields: Field[], rest: Partial<Frame> = {}): Frame {
  return { refId, fields, length: fields[0]?.values.length ?? 0, ...rest };
}

export const times = (count = 361): number[] => Array.from({ length: count }, (_, row) => FROM + (row * (TO - FROM)) / (count - 1));

export function wave(seed: number, base: number, swing: number, count = 361): number[] {
  const next = random(seed);
  let drift = 0;
  return Array.from({ length: count }, (_, row) => {
    drift = drift * 0.9 + (next() - 0.5) * swing * 0.4;
    return Math.max(0, base + Math.sin((row / count) * Math.PI * 4 + seed) * swing + drift);
  });
}

export function series(count: number, base: number, swing: number, names = "instance", config: FieldConfig = {}): Frame[] {
  const xs = times();
  return Array.from({ length: count }, (_, index) => {
    const label = `${names}-${index + 1}`;
    return frame("A", [column("Time", "time", xs), column("Value", "number", wave(index + 1, base * (1 + index * 0.3), swing), { [names]: label }, { displayNameFromDS: label, ...config })], { kind: "series", name: label });
  });
}

export function gappy(): Frame[] {
  const xs = times(121);
  return [0, 1].map((index) => {
    const values = wave(index + 7, 40 + index * 30, 15, 121).map((value, row) => ((row > 30 && row < 42) || row === 80 || (index && row % 9 === 0) ? null : value));
    return frame("A", [column("Time", "time", xs), column("Value", "number", values, { host: `h${index}` }, { displayNameFromDS: `host ${index}` })]);
  });
}

export function table(rows: number): Frame {
  const next = random(5);
  const at = (list: readonly string[]): string => list[Math.floor(next() * list.length)]!;
  const names = Array.from({ length: rows }, (_, row) => `node-${String(row).padStart(5, "0")}.example`);
  return frame("A", [
    column("Time", "time", names.map((_, row) => TO - row * STEP)),
    column("instance", "string", names),
    column("job", "string", names.map(() => at(["node", "api", "<img src=x onerror=alert(1)>", "database"]))),
    column("State", "string", names.map(() => at(["up", "down", "degraded"]))),
    column("Load", "number", names.map(() => next() * 4), undefined, { unit: "short", decimals: 2 }),
    column("Memory", "number", names.map(() => next() * 64 * 2 ** 30), undefined, { unit: "bytes" }),
    column("Disk", "number", names.map(() => next()), undefined, { unit: "percentunit", min: 0, max: 1 }),
    column("Details", "other", names.map((name, row) => ({ name, row, nested: [1, 2] }))),
  ], { kind: "table" });
}

export function states(): Frame {
  const xs = times(37);
  const next = random(11);
  const words = ["ok", "ok", "ok", "degraded", "down"];
  return frame("A", [column("Time", "time", xs), ...["api", "database", "queue", "a service with a long name"].map((name) => {
    let word = "ok";
    return column(name, "string", xs.map(() => (next() > 0.75 ? (word = words[Math.floor(next() * words.length)]!) : word)));
  })]);
}

export function buckets(): Frame {
  const xs = times(91);
  const next = random(3);
  const bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"];
  return frame("A", [column("Time", "time", xs), ...bounds.map((le, bound) => {
    return column(le, "number", xs.map((_, row) => {
      const centre = 4 + Math.sin(row / 12) * 2.5;
      return Math.round(Math.max(0, 900 * Math.exp(-((bound - centre) ** 2) / 3) * (0.7 + next() * 0.6)));
    }), { le });
  })], { kind: "heatmap" });
}

export function logs(): Frame {
  const next = random(9);
  const levels = ["info", "info", "debug", "warn", "error"];
  const rows = Array.from({ length: 80 }, (_, row) => {
    const level = levels[Math.floor(next() * levels.length)]!;
    return { level, line: row % 7 === 0 ? `{"level":"${level}","msg":"request handled","path":"/api/orders/${row}","took_ms":${Math.round(next() * 500)}}` : `level=${level} msg="worker finished batch ${row % 5}" items=${Math.round(next() * 200)} <b>not bold</b>` };
  });
  return frame("A", [
    column("labels", "other", rows.map((row) => ({ app: "orders", level: row.level, pod: "orders-7d9f" }))),
    column("Time", "time", rows.map((_, row) => TO - row * 4000)),
    column("Line", "string", rows.map((row) => row.line)),
    column("tsNs", "string", rows.map((_, row) => `${TO - row * 4000}000000`)),
    column("id", "string", rows.map((_, row) => `l${row}`)),
  ], { kind: "logs" });
}

export function graphOfNodes(): Frame[] {
  const names = ["shop", "orders", "payments", "stock", "mail", "database", "queue"];
  return [
    frame("A", [column("id", "string", names), column("title", "string", names), column("mainstat", "number", [120, 80, 40, 60, 12, 300, 90], undefined, { unit: "reqps" }), column("secondarystat", "number", [12, 30, 90, 8, 5, 2, 1], undefined, { unit: "ms" }), column("arc__success", "number", [0.99, 0.95, 0.7, 1, 1, 1, 0.9]), column("arc__failed", "number", [0.01, 0.05, 0.3, 0, 0, 0, 0.1], undefined, { color: { mode: "fixed", fixedColor: "red" } })], { kind: "nodes", name: "nodes" }),
    frame("A", [column("id", "string", ["1", "2", "3", "4", "5", "6", "7"]), column("source", "string", ["shop", "orders", "orders", "orders", "payments", "stock", "orders"]), column("target", "string", ["orders", "payments", "stock", "queue", "database", "database", "database"]), column("mainstat", "number", [80, 40, 60, 12, 40, 60, 300])], { kind: "edges", name: "edges" }),
  ];
}
