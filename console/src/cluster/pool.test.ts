import { expect, test } from "vitest";
import { byJob, type PoolReplica, toneOf } from "./pool";

const replica = (jobId: string, name: string, more: Partial<PoolReplica> = {}): PoolReplica => ({
  project: "default",
  jobId,
  replica: name,
  state: "RUNNING",
  slots: 1,
  gpus: [],
  ...more,
});

test("replicas stand by their jobs, with what each job uses", () => {
  const jobs = byJob([
    replica("a", "master-replica-0", { cpu: 0.5, memoryBytes: 100 }),
    replica("b", "master-replica-0"),
    replica("a", "worker-replica-0", { cpu: 1.25 }),
    { ...replica("a", "master-replica-0"), project: "other" },
  ]);
  expect(jobs.map((job) => [job.project, job.jobId, job.replicas.length, job.cpu, job.memoryBytes])).toEqual([
    ["default", "a", 2, 1.75, 100],
    ["default", "b", 1, undefined, undefined],
    ["other", "a", 1, undefined, undefined],
  ]);
});

test("a bar is quiet until it is nearly full", () => {
  expect([toneOf(5, 10), toneOf(9, 10), toneOf(10, 10), toneOf(1, 0)]).toEqual(["", "warn", "bad", ""]);
});
