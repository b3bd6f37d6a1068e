/**
 * What the console would lose of a folder of Grafana dashboards: the share of panels with no reported loss, and each loss.
 * Usage: node scripts/losses.mjs FOLDER [--every]   (JSON files, also inside folders; exit 1 below 99 %)
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createServer } from "vite";

const AT_LEAST = 0.99;
const [folder, ...flags] = process.argv.slice(2);
if (!folder) {
  console.error("Usage: node scripts/losses.mjs FOLDER [--every]");
  process.exit(2);
}

const server = await createServer({ server: { middlewareMode: true, watch: null }, logLevel: "error", appType: "custom" });
const { readDashboard } = await server.ssrLoadModule("/src/dashboard/normalise.ts");
const { lossesOf } = await server.ssrLoadModule("/src/dashboard/prepare.ts");

const counted = { files: 0, others: 0, panels: 0, without: 0, types: new Map() };
const losses = new Map();
const note = (map, key, where) => map.set(key, [...(map.get(key) ?? []), where]);
for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
  if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
  const path = join(entry.parentPath, entry.name);
  let board;
  try {
    board = await readDashboard(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    counted.others += 1;
    console.log(`no dashboard: ${path}: ${error.message}`);
    continue;
  }
  counted.files += 1;
  for (const loss of board.losses) note(losses, loss, path);
  for (const panel of board.rows.flatMap((row) => row.panels)) {
    counted.panels += 1;
    counted.types.set(panel.type, (counted.types.get(panel.type) ?? 0) + 1);
    const found = lossesOf(panel);
    if (found.length === 0) counted.without += 1;
    for (const loss of found) note(losses, loss, `${path}: ${panel.title || panel.type}`);
  }
}
await server.close();

for (const [loss, where] of [...losses].sort((a, b) => b[1].length - a[1].length)) {
  console.log(`${String(where.length).padStart(5)} × ${loss}`);
  for (const one of flags.includes("--every") ? where : where.slice(0, 2)) console.log(`        ${one}`);
}
const share = counted.panels === 0 ? 0 : counted.without / counted.panels;
console.log(`panel types: ${[...counted.types].sort((a, b) => b[1] - a[1]).map(([type, count]) => `${type} ${count}`).join(", ")}`);
console.log(`${counted.files} dashboards, ${counted.panels} panels, ${counted.without} with no loss: ${(share * 100).toFixed(2)} %`);
process.exit(share >= AT_LEAST ? 0 : 1);
