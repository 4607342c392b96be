// Makes src/api/gen from the contract in api/: the types of the JSON that the engine speaks. Not kept in the repository.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const console_dir = fileURLToPath(new URL("..", import.meta.url));
const out = `${console_dir}src/api/gen`;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync(
  "protoc",
  [
    `-I${console_dir}../api`,
    `--plugin=protoc-gen-es=${console_dir}node_modules/.bin/protoc-gen-es`,
    `--es_out=${out}`,
    "--es_opt=target=ts,json_types=true",
    "mlengine/ml/v1/job.proto",
    "mlengine/ml/v1/model.proto",
    "mlengine/engine/v1/job_record.proto",
    "mlengine/runner/v1/status_record.proto",
  ],
  { stdio: "inherit" },
);
