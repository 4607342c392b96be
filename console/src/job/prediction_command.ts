import type { JobJson, PredictionInputJson } from "~/api/gen/mlengine/ml/v1/job_pb";
import { nextJobId, quoted } from "./command";

export type Tool = "gcloud" | "mlengine";

/** "projects/P/models/M/versions/V" or "projects/P/models/M": the parts that a person knows it by. */
export function modelOf(name: string): { model: string; version: string } {
  const parts = name.split("/");
  return { model: parts[3] ?? name, version: parts[5] ?? "" };
}

/** The same prediction under another id, with results in a folder of its own where the first one's was named after it. */
export function nextPrediction(job: JobJson, id: string): { jobId: string; outputPath: string } {
  const outputPath = (job.predictionInput?.outputPath ?? "").replace(/\/+$/, "");
  const own = job.jobId && outputPath.endsWith(`/${job.jobId}`);
  return { jobId: id, outputPath: own ? outputPath.slice(0, -(job.jobId?.length ?? 0)) + id : outputPath };
}

// JSON is the format that both tools call text.
const formatWord = (format: string): string =>
  format === "JSON" ? "text" : format.toLowerCase().replaceAll("_", "-");

function wordsOf(input: PredictionInputJson, project: string): [string, string | undefined][] {
  const named = input.versionName ?? input.modelName;
  const { model, version } = modelOf(named ?? "");
  // A model of another project is told by its whole name, whose version is a flag all the same.
  const own = !named || named.startsWith(`projects/${project}/`);
  return [
    ["model", named && (own ? model : named.split("/").slice(0, 4).join("/"))],
    ["version", version || undefined],
    ["model-dir", input.uri],
    ["data-format", formatWord(input.dataFormat ?? "JSON")],
    ["input-paths", (input.inputPaths ?? []).join(",")],
    ["output-path", input.outputPath],
    ["region", input.region],
    ["batch-size", input.batchSize === undefined ? undefined : String(input.batchSize)],
    ["max-worker-count", input.maxWorkerCount === undefined ? undefined : String(input.maxWorkerCount)],
    ["runtime-version", input.runtimeVersion],
    ["signature-name", input.signatureName],
  ];
}

/** gcloud has no flag for the format of the results: what it submits writes JSON. */
export const losesFormat = (job: JobJson, tool: Tool): boolean =>
  tool === "gcloud" && job.predictionInput?.outputDataFormat === "CSV";

/** The command line that submits the same prediction; `changes` as nextPrediction() or a person wants them. */
export function predictionCommandOf(
  job: JobJson,
  project: string,
  tool: Tool,
  changes = nextPrediction(job, nextJobId(job.jobId ?? "job")),
): string {
  const input = { ...job.predictionInput, outputPath: changes.outputPath };
  const flags = wordsOf(input, project);
  if (input.outputDataFormat === "CSV" && tool === "mlengine") flags.push(["output-data-format", "csv"]);
  const labels = Object.entries(job.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  if (labels.length > 0) flags.push(["labels", labels.join(",")]);
  const name = tool === "gcloud" ? "gcloud ml-engine" : "mlengine";
  const lines = [`${name} jobs submit prediction ${quoted(changes.jobId)}`, `--project=${quoted(project)}`];
  for (const [flag, value] of flags) if (value) lines.push(`--${flag}=${quoted(value)}`);
  return `${lines.join(" \\\n  ")}\n`;
}
