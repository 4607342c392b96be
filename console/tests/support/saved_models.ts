// SavedModels for tests of prediction, made once by TensorFlow itself, and their runtime version.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Engine, root } from "./engine";

const runtime = "2.19";
/** Where runtime versions are that tests share. */
export const runtimesFolder = join(root, "build/runtimes");
mkdirSync(runtimesFolder, { recursive: true });

/** The interpreter of a runtime version with TensorFlow, which is installed when it is not there yet; "" where it cannot be. */
function interpreter(engine: Engine): string {
  try {
    engine.mlengine("runtimes", "install", runtime);
  } catch (error) {
    console.log(`runtime version ${runtime} cannot be built: ${error}`);
    return "";
  }
  const described = engine.mlengine("runtimes", "describe", runtime, "--format", "json");
  return (JSON.parse(described) as { interpreter: string }).interpreter;
}

/**
 * The folder with what saved_models.py makes; again only when that file changes. The engine's runtimes are `runtimesFolder`.
 * Undefined where there is no TensorFlow to make and to serve them.
 */
export function savedModels(engine: Engine): string | undefined {
  const python = interpreter(engine);
  if (!python) return undefined;
  const script = join(root, "console/tests/support/saved_models.py");
  const digest = createHash("sha256").update(readFileSync(script)).digest("hex").slice(0, 16);
  const folder = join(root, "build/test-models", `console-${digest}`);
  if (existsSync(join(folder, "whole"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const done = spawnSync(python, [script, folder], {
    encoding: "utf8",
    env: { ...process.env, CUDA_VISIBLE_DEVICES: "" },
  });
  if (done.status !== 0) throw new Error(`saved_models.py: ${done.status}\n${done.stderr.slice(-3000)}`);
  return folder;
}
