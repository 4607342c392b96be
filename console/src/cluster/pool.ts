import type { Reasons } from "~/i18n/reasons";

/** What GET /mlengine/v1/pool answers. */
export interface PoolReplica {
  project: string;
  jobId: string;
  replica: string;
  state: string;
  slots: number;
  gpus: number[];
  startTime?: string;
  /** Cores, of the newest sample. */
  cpu?: number;
  memoryBytes?: number;
}

export interface PoolGpu {
  index: number;
  name: string;
  memoryBytes?: number;
  job?: { project: string; jobId: string; replica: string };
  held?: string;
}

export interface WaitingJob extends Reasons {
  project: string;
  jobId: string;
  createTime: string;
  slots: number;
  gpus: number;
}

export interface Pool {
  description: string;
  slots: { total: number; used: number };
  startsNothing?: string;
  machine: {
    host?: string;
    cpus: number;
    memoryBytes?: number;
    memoryFreeBytes?: number;
    load?: number[];
  };
  gpus: PoolGpu[];
  replicas: PoolReplica[];
  queue: WaitingJob[];
  /** All that wait; `queue` has the first of them. */
  waiting?: number;
}

export interface JobOnPool {
  project: string;
  jobId: string;
  replicas: PoolReplica[];
  cpu?: number;
  memoryBytes?: number;
}

const sumOf = (values: (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : undefined;
};

/** The replicas by their jobs, in the order in which the engine names them, and what each job uses in all. */
export function byJob(replicas: readonly PoolReplica[]): JobOnPool[] {
  const jobs = new Map<string, JobOnPool>();
  for (const replica of replicas) {
    const key = `${replica.project}/${replica.jobId}`;
    const job = jobs.get(key) ?? { project: replica.project, jobId: replica.jobId, replicas: [] };
    job.replicas.push(replica);
    jobs.set(key, job);
  }
  for (const job of jobs.values()) {
    job.cpu = sumOf(job.replicas.map((replica) => replica.cpu));
    job.memoryBytes = sumOf(job.replicas.map((replica) => replica.memoryBytes));
  }
  return [...jobs.values()];
}

/** How loud a bar speaks: quiet until it is nearly full. */
export function toneOf(value: number, most: number): "" | "warn" | "bad" {
  if (most <= 0) return "";
  const part = value / most;
  return part >= 0.95 ? "bad" : part >= 0.85 ? "warn" : "";
}
