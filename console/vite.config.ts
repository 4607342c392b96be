import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The engine serves the result under /ui; names under assets/ have a hash of what is in them, so browsers keep them.
export default defineConfig({
  base: "/ui/",
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: "../build/console",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no data: address of a script or a style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` beside an engine: MLENGINE_URL tells where it is.
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/mlengine", "/storage", "/upload", "/download", "/healthz"].map((path) => [
        path,
        process.env.MLENGINE_URL ?? "http://127.0.0.1:8650",
      ]),
    ),
  },
});
