/** How the page is built: hashed names below /static/app/, one file for what every page needs, the rest loaded when it is. */

import preact from "@preact/preset-vite";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./scripts/compressed.mjs";

const EVERY_DASHBOARD = [
  /\/src\/(frame|format|reduce)\//,
  /\/src\/ask\/query\.ts$/,
  /\/src\/time\/(range|zone|TimeControls)\.tsx?$/,
  /\/src\/draw\//,
  /\/src\/panels\/(registry|losses|limits|links|Empty|Timeseries)\.tsx?$/,
  /\/src\/transform\/losses\.ts$/,
  /\/src\/dashboard\/(Board|DashboardPage|PanelFrame|address|choices|crosshair|interpolate|json|layout|links|normalise|prepare|queries|repeat|runner|sources|useVariables|variables)\.tsx?$/,
  /\/src\/dashboard\/convert\/(panel|mappings)\.ts$/,
  /\/node_modules\/uplot\//,
];

const isOnEveryDashboard = (module: string) => EVERY_DASHBOARD.some((pattern) => pattern.test(module)) && !/\.css$/.test(module);

export default defineConfig({
  base: "/static/app/",
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false }), compressed() as Plugin],
  build: {
    target: "es2022",
    outDir: "../src/watchkeeper_console/static/app",
    emptyOutDir: true,
    // inlined files would be data: addresses, which the content security policy refuses
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    // one file compresses better than ten, and every dashboard needs all of these
    rolldownOptions: { output: { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "dashboard", test: isOnEveryDashboard }] } } },
  },
  server: { proxy: { "^/(api|login|static/(?!app))": "http://127.0.0.1:23000" } },
});
