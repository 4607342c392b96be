import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The tests that drive a real server with a real browser; one file at a time, since each has a server of its own.
export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: {
    dir: "tests",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
