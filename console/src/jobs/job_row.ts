/** A job as the door jobs:table tells it; what is not known is not there. */
export interface JobRow {
  jobId: string;
  state: string;
  group: Group;
  type: string;
  createTime: string;
  startTime?: string;
  endTime?: string;
  scaleTier?: string;
  region?: string;
  module?: string;
  replicas?: number;
  labels?: Record<string, string>;
  units?: number;
  money?: number;
  perHour?: number;
  currency?: string;
  error?: string;
  progress?: { percent?: number; secondsLeft?: number; short?: string; text?: string };
}

export const groups = ["running", "waiting", "succeeded", "failed", "stopped"] as const;
export type Group = (typeof groups)[number];

export interface JobTableAnswer {
  revision: string;
  total: number;
  offset: number;
  counts: Record<Group, number>;
  jobs: JobRow[];
}

/** Whether a job can still be cancelled. */
export const isUnfinished = (row: JobRow): boolean => row.group === "running" || row.group === "waiting";

/** Seconds that a job has taken: to its end, or to now. */
export function elapsedSeconds(row: JobRow, now: number): number {
  const end = row.endTime ? new Date(row.endTime).getTime() : now;
  return Math.max(0, (end - new Date(row.createTime).getTime()) / 1000);
}
