import type { JobJson, TrainingInputJson } from "~/api/gen/mlengine/ml/v1/job_pb";

/** The next id of a job: "speech" is followed by "speech_2", "speech_9" by "speech_10". */
export function nextJobId(job: string): string {
  const [, stem, number] = /^(.*_)(\d{1,9})$/.exec(job) ?? [];
  const next = stem ? `${stem}${String(Number(number) + 1).padStart(number?.length ?? 1, "0")}` : `${job}_2`;
  return next.length <= 128 ? next : `${job.slice(0, 126)}_2`;
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const flags: Partial<Record<keyof TrainingInputJson, string>> = {
  pythonModule: "--module-name",
  packageUris: "--packages",
  jobDir: "--job-dir",
  region: "--region",
  runtimeVersion: "--runtime-version",
  pythonVersion: "--python-version",
  scaleTier: "--scale-tier",
  masterType: "--master-machine-type",
  workerType: "--worker-machine-type",
  parameterServerType: "--parameter-server-machine-type",
  workerCount: "--worker-count",
  parameterServerCount: "--parameter-server-count",
  useChiefInTfConfig: "--use-chief-in-tf-config",
};

type Asked = Pick<JobJson, "labels" | "trainingInput" | "predictionInput">;

/** The job as `--config` and the API take it: what was asked for, without its name and what the engine wrote. */
export function configOf(job: JobJson): Asked {
  const labels = Object.keys(job.labels ?? {}).length > 0 ? { labels: job.labels } : {};
  if (job.predictionInput) return { ...labels, predictionInput: job.predictionInput };
  return { ...labels, trainingInput: job.trainingInput ?? {} };
}

/** The command line that submits the same job once more under its next id. */
export function commandOf(job: JobJson): string {
  const input = job.trainingInput ?? {};
  const next = nextJobId(job.jobId ?? "job");
  const { args = [], ...rest } = input;
  const tail = args.length > 0 ? [`-- ${args.map(quoted).join(" ")}`] : [];
  const lines = [`mlengine jobs submit training ${next}`];
  const isFlag = (name: string) => name in flags;
  if (!Object.keys(rest).every(isFlag)) {
    // Something of it has no flag. JSON is YAML, and no line of it is EOF.
    const { labels } = configOf(job);
    const file = `${next}.json`;
    const text = JSON.stringify({ ...(labels ? { labels } : {}), trainingInput: rest }, null, 2);
    return `cat > ${file} <<'EOF'\n${text}\nEOF\n${[...lines, `--config=${file}`, ...tail].join(" \\\n  ")}\n`;
  }
  for (const [name, flag] of Object.entries(flags)) {
    const value = rest[name as keyof typeof rest];
    if (value === undefined) continue;
    const word = name === "scaleTier" ? String(value).toLowerCase().replaceAll("_", "-") : String(value);
    lines.push(`${flag}=${quoted(word)}`);
  }
  const labels = Object.entries(job.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  if (labels.length > 0) lines.push(`--labels=${quoted(labels.join(","))}`);
  return `${[...lines, ...tail].join(" \\\n  ")}\n`;
}
