import { stringify } from "yaml";
import { type Draft, type JobBody, jobOf } from "./draft";
import { quoteWord } from "./shell_words";

export type Tool = "gcloud" | "mlengine";

// What the tools have flags for; the rest of a job goes by a file.
const flagged: Record<string, string> = {
  scaleTier: "scale-tier",
  packageUris: "packages",
  pythonModule: "module-name",
  jobDir: "job-dir",
  region: "region",
  runtimeVersion: "runtime-version",
  pythonVersion: "python-version",
};
const order = Object.keys(flagged);
const file = "config.yaml";
const end = "END_OF_CONFIG";

/** What of a training input needs a file: CUSTOM with its machines, and fields without a flag. */
export function configOf(job: JobBody): string {
  const { args: _, ...input } = job.trainingInput ?? {};
  const custom = input.scaleTier === "CUSTOM";
  const left = Object.entries(input).filter(
    ([name]) => !(name in flagged) || (custom && name === "scaleTier"),
  );
  if (left.length === 0) return "";
  return stringify({ trainingInput: Object.fromEntries(left) }, { lineWidth: 0 });
}

function flagValue(name: string, value: unknown): string {
  if (name === "scaleTier") return String(value).toLowerCase().replaceAll("_", "-");
  return Array.isArray(value) ? value.join(",") : String(value);
}

function labelsOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** The command that submits what the form holds; before it, where one is needed, the file that it reads. */
export function commandOf(draft: Draft, project: string, tool: Tool): string {
  const job = jobOf(draft);
  const input = job.trainingInput ?? {};
  const config = configOf(job);
  const words = [
    `${tool === "gcloud" ? "gcloud ml-engine" : "mlengine"} jobs submit training ${quoteWord(job.jobId || "JOB")}`,
    `--project ${quoteWord(project)}`,
  ];
  for (const name of order) {
    const value = input[name];
    if (value === undefined || (name === "scaleTier" && value === "CUSTOM")) continue;
    words.push(`--${flagged[name]} ${quoteWord(flagValue(name, value))}`);
  }
  if (job.labels) words.push(`--labels ${quoteWord(labelsOf(job.labels))}`);
  if (config) words.push(`--config ${file}`);
  const args = (input.args as string[] | undefined) ?? [];
  if (args.length > 0) words.push(`-- ${args.map(quoteWord).join(" ")}`);
  const command = words.join(" \\\n  ");
  return config ? `cat > ${file} <<'${end}'\n${config}${end}\n${command}` : command;
}
