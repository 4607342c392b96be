import type { AttemptRecordJson } from "~/api/gen/mlengine/engine/v1/job_record_pb";
import type { JobJson } from "~/api/gen/mlengine/ml/v1/job_pb";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import type { Reasons } from "~/i18n/reasons";

export type Role = "master" | "worker" | "ps" | "evaluator";

export interface RecordedPhase {
  name: string;
  milliseconds: number;
  detail?: string;
}

export interface Price {
  list: string;
  region: string;
  /** Why there is no price, a sentence; then nothing of what follows is there. */
  unknown?: string;
  currency?: string;
  unitsPerHour?: number;
  perHour?: number;
  text?: string;
  cheapest?: { region: string; text: string };
  used?: { units: number; money: number; text: string };
}

export interface BudgetOfJob {
  budget: string;
  source: string;
  warnPercent: number;
  text: string;
}

/** What the engine's own door tells of a job. */
export interface JobDetail {
  project: string;
  job: JobJson;
  runtime: string;
  price: Price;
  budgets: BudgetOfJob[];
  phases: RecordedPhase[];
  attempts: AttemptRecordJson[];
}

export interface Follower {
  replica: string;
  sentence: string;
  time?: string;
}

export interface Cause {
  kind: string;
  replica: string;
  restart: number;
  sentence: string;
  advice: string;
  evidence: string[];
  followers: Follower[];
  time?: string;
  /** The log entry that shows it. */
  insertId?: string;
}

export interface Explanation extends Reasons {
  state: string;
  cause?: Cause;
}

export interface Progress {
  done?: string;
  total?: string;
  unit?: string;
  percent?: number;
  perSecond?: number;
  secondsLeft?: number;
  lastSeen?: string;
  stalledSince?: string;
  source?: string;
  projected?: { money: number; currency: string; text: string };
  unknown?: string;
}

export const loadDetail = (project: string, job: string, signal: AbortSignal): Promise<JobDetail> =>
  get(paths.ownJob(project, job), {}, signal);

export const loadExplanation = (project: string, job: string, signal: AbortSignal): Promise<Explanation> =>
  get(paths.ownJob(project, job, "/explanation"), {}, signal);

export const loadProgress = (project: string, job: string, signal: AbortSignal): Promise<Progress> =>
  get(paths.ownJob(project, job, "/progress"), {}, signal);

/** When the job came into the state that it is in; undefined when that is not recorded. */
export function stateSince({ job, attempts }: JobDetail): string | undefined {
  const last = attempts.at(-1);
  switch (job.state) {
    case "QUEUED":
      return job.createTime;
    case "PREPARING":
      return last?.decidedTime ?? job.createTime;
    case "RUNNING":
      return job.startTime;
    case "CANCELLING":
      return last?.stopTime;
    default:
      return job.endTime;
  }
}
