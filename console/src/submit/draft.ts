import { durationOf, textOf } from "./duration";
import { joinWords, splitWords } from "./shell_words";

/** The replicas of one role, of a job with scale tier CUSTOM. Counts are as typed. */
export interface RoleDraft {
  type: string;
  count: string;
  acceleratorType: string;
  acceleratorCount: string;
}

export const roles = ["master", "worker", "parameterServer"] as const;
export type Role = (typeof roles)[number];

/** What the form holds, as typed. */
export interface Draft {
  /** The job it was filled from; "" when it began empty. */
  from: string;
  jobId: string;
  /** Where what is uploaded goes. */
  bucket: string;
  packageUris: string[];
  pythonModule: string;
  args: string;
  /** Follows the bucket and the job id until a person types one. */
  jobDir: string;
  jobDirTyped: boolean;
  scaleTier: string;
  roles: Record<Role, RoleDraft>;
  region: string;
  runtimeVersion: string;
  pythonVersion: string;
  labels: { key: string; value: string }[];
  maxRunningTime: string;
  /** Fields of the training input that the form has no place for: a job filled from another keeps them. */
  rest: Record<string, unknown>;
}

interface ReplicaConfig {
  acceleratorConfig?: { count?: string | number; type?: string };
  [more: string]: unknown;
}

/** A job as the API takes it. */
export interface JobBody {
  jobId?: string;
  labels?: Record<string, string>;
  trainingInput?: Record<string, unknown>;
}

const noRole: RoleDraft = { type: "", count: "", acceleratorType: "", acceleratorCount: "" };

export function emptyDraft(jobId: string): Draft {
  return {
    from: "",
    jobId,
    bucket: "",
    packageUris: [],
    pythonModule: "",
    args: "",
    jobDir: "",
    jobDirTyped: false,
    scaleTier: "BASIC",
    roles: { master: { ...noRole, type: "standard" }, worker: { ...noRole }, parameterServer: { ...noRole } },
    region: "us-central1",
    runtimeVersion: "",
    pythonVersion: "",
    labels: [],
    maxRunningTime: "",
    rest: {},
  };
}

// Counts go as typed: the engine says what is wrong with one.
function addRole(input: Record<string, unknown>, role: Role, draft: RoleDraft): void {
  if (draft.type.trim()) input[`${role}Type`] = draft.type.trim();
  if (role !== "master" && draft.count.trim()) input[`${role}Count`] = draft.count.trim();
  if (!draft.acceleratorType) return;
  const config = (input[`${role}Config`] ?? {}) as ReplicaConfig;
  input[`${role}Config`] = {
    ...config,
    acceleratorConfig: { count: draft.acceleratorCount.trim() || "1", type: draft.acceleratorType },
  };
}

/** The job that the form describes. */
export function jobOf(draft: Draft): JobBody {
  const input: Record<string, unknown> = { ...draft.rest };
  const put = (name: string, value: unknown) => {
    if (value !== "" && !(Array.isArray(value) && value.length === 0)) input[name] = value;
  };
  put("scaleTier", draft.scaleTier);
  if (draft.scaleTier === "CUSTOM") for (const role of roles) addRole(input, role, draft.roles[role]);
  put("packageUris", draft.packageUris);
  put("pythonModule", draft.pythonModule.trim());
  put("args", splitWords(draft.args).words);
  put("jobDir", draft.jobDir.trim());
  put("region", draft.region);
  put("runtimeVersion", draft.runtimeVersion);
  put("pythonVersion", draft.pythonVersion);
  if (draft.maxRunningTime.trim()) {
    const scheduling = (draft.rest.scheduling ?? {}) as Record<string, unknown>;
    input.scheduling = { ...scheduling, maxRunningTime: durationOf(draft.maxRunningTime) };
  }
  const labels = draft.labels.filter((label) => label.key.trim() || label.value.trim());
  return {
    jobId: draft.jobId.trim(),
    ...(labels.length > 0
      ? { labels: Object.fromEntries(labels.map((label) => [label.key.trim(), label.value.trim()])) }
      : {}),
    trainingInput: input,
  };
}

// Takes a role's fields out of `rest`.
function takeRole(rest: Record<string, unknown>, role: Role): RoleDraft {
  const text = (value: unknown) => (value === undefined ? "" : String(value));
  const take = (name: string) => {
    const value = rest[name];
    delete rest[name];
    return text(value);
  };
  const config = rest[`${role}Config`] as ReplicaConfig | undefined;
  const accelerator = config?.acceleratorConfig;
  if (config) {
    const { acceleratorConfig: _, ...more } = config;
    if (Object.keys(more).length > 0) rest[`${role}Config`] = more;
    else delete rest[`${role}Config`];
  }
  return {
    type: take(`${role}Type`),
    count: take(`${role}Count`),
    acceleratorType: text(accelerator?.type),
    acceleratorCount: text(accelerator?.count),
  };
}

/** The form filled from a job, to be submitted under another id; its packages are used again. */
export function draftFrom(job: JobBody, newId: string): Draft {
  const rest: Record<string, unknown> = { ...job.trainingInput };
  const draft = emptyDraft(newId);
  const take = <Value>(name: string, otherwise: Value): Value => {
    const value = rest[name];
    delete rest[name];
    return value === undefined ? otherwise : (value as Value);
  };
  draft.from = job.jobId ?? "";
  draft.scaleTier = take("scaleTier", "BASIC");
  for (const role of roles) draft.roles[role] = takeRole(rest, role);
  if (draft.scaleTier !== "CUSTOM") draft.roles.master.type ||= "standard"; // to begin with, should one choose it
  draft.packageUris = take<string[]>("packageUris", []);
  draft.pythonModule = take("pythonModule", "");
  draft.args = joinWords(take<string[]>("args", []));
  draft.region = take("region", draft.region);
  draft.runtimeVersion = take("runtimeVersion", "");
  draft.pythonVersion = take("pythonVersion", "");
  const jobDir = take("jobDir", "");
  const own = jobDir.replace(/\/$/, "").endsWith(`/${draft.from}`);
  draft.jobDir = own ? jobDir.replace(/\/$/, "").slice(0, -draft.from.length) + newId : jobDir;
  draft.jobDirTyped = !own;
  draft.labels = Object.entries(job.labels ?? {}).map(([key, value]) => ({ key, value }));
  const { maxRunningTime, ...scheduling } = take<Record<string, unknown>>("scheduling", {});
  draft.maxRunningTime = maxRunningTime === undefined ? "" : textOf(String(maxRunningTime));
  if (Object.keys(scheduling).length > 0) rest.scheduling = scheduling;
  draft.rest = rest;
  return draft;
}

/** The output folder that follows a bucket and an id. */
export const folderOf = (bucket: string, jobId: string): string =>
  bucket && jobId ? `gs://${bucket}/${jobId}` : "";

/** With another job id; the output folder follows when nobody typed it. */
export function withJobId(draft: Draft, jobId: string): Draft {
  if (draft.jobDirTyped) return { ...draft, jobId };
  const parent = /^(gs:\/\/.+)\/[^/]*$/.exec(draft.jobDir)?.[1];
  return { ...draft, jobId, jobDir: parent ? `${parent}/${jobId}` : draft.jobDir };
}
