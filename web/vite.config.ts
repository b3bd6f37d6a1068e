/** How the page is built: hashed names below /static/app/, one file for what every page needs, the rest loaded when it is. */

import preact from "@preact/preset-vite";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./scripts/compressed.mjs";

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
  },
  server: { proxy: { "^/(api|login|static/(?!app))": "http://127.0.0.1:23000" } },
});
