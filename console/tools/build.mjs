// Builds the console into build/console: types, a bundle with hashed names, and each file compressed beside itself, since
// the engine does not compress. Says what a first load weighs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";
import { build } from "vite";

await import("./api_types.mjs");
const root = fileURLToPath(new URL("..", import.meta.url));
await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "warn" });

const out = join(root, "../build/console");
const sizes = new Map();
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith(".gz")) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const packed = gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(`${path}.gz`, packed);
  sizes.set(path.slice(out.length + 1), packed.length);
}
// What index.html names is what a first load needs.
const first = [
  ...readFileSync(join(out, "index.html"), "utf8").matchAll(/(?:src|href)="\/ui\/([^"]+)"/g),
].map((m) => m[1]);
const weight = ["index.html", ...first].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
console.log(`console: ${sizes.size} files; a first load is ${(weight / 1000).toFixed(1)} kB compressed`);
