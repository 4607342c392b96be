import { expect, test } from "vitest";
import type { Metrics } from "./metrics";
import { conditionsOf, replicaOfRun, replicasOf, usageOf } from "./replicas";

const point = (value: number | "NaN") => [{ step: "1", time: "2018-01-01T00:00:00Z", value }];
const metrics: Metrics = {
  warnings: [],
  series: [
    { run: "resources/ps-replica-0", tag: "cpu", count: "1", points: point(0.5) },
    { run: "resources/ps-replica-0", tag: "memory", count: "1", points: point(1024) },
    { run: "resources/ps-replica-0", tag: "memory_resident", count: "1", points: point(9999) },
    { run: "resources/ps-replica-0", tag: "gpu0_duty", count: "1", points: point(40) },
    { run: "resources/ps-replica-0", tag: "gpu1_duty", count: "1", points: point(60) },
    { run: "resources/worker-replica-1", tag: "cpu", count: "1", points: point("NaN") },
    { run: "train", tag: "cpu", count: "1", points: point(1) },
  ],
};

test("a run of resources names its replica", () => {
  expect(replicaOfRun("resources/worker-replica-12")).toEqual({ role: "worker", index: 12 });
  expect(replicaOfRun("train")).toBeUndefined();
});

test("the newest samples by replica; PSS before RSS, the mean of its GPUs", () => {
  expect([...usageOf(metrics)]).toEqual([["ps 0", { cpu: 0.5, memory: 1024, gpu: 50 }]]);
});

test("replicas in order of their roles, with use while they run and exit when they have ended", () => {
  const list = replicasOf(
    {
      replicas: [
        { role: "ps", status: { step: "RUNNING", userPid: 7 } },
        {
          role: "worker",
          index: 1,
          restart: 2,
          status: { step: "EXITED", exit: { exitCode: 3, reason: "USER_ERROR" } },
        },
        { role: "worker", runnerLost: true, status: { step: "RUNNING" } },
        { role: "master", status: { step: "EXITED", exit: { reason: "FINISHED" } } },
        {
          role: "evaluator",
          status: { step: "NOT_STARTED", error: { message: "No.", reason: "STAGING_FAILED" } },
        },
      ],
    },
    metrics,
  );
  expect(list.map((one) => [one.role, one.index, one.state, one.bad])).toEqual([
    ["master", 0, "EXITED", false],
    ["worker", 0, "LOST", true],
    ["worker", 1, "EXITED", true],
    ["ps", 0, "RUNNING", false],
    ["evaluator", 0, "NOT_STARTED", true],
  ]);
  expect(list[2]).toMatchObject({ restarts: 2, exit: { code: 3, signal: 0, reason: "USER_ERROR" } });
  expect(list[3]).toMatchObject({ pid: 7, use: { cpu: 0.5, memory: 1024 } });
  expect(list[4]?.error).toBe("No.");
  expect(replicasOf(undefined)).toEqual([]);
});

test("conditions are counted, the bad ones first", () => {
  const running = Array.from({ length: 3 }, (_, index) => ({
    role: "worker",
    index,
    status: { step: "RUNNING" as const },
  }));
  const replicas = replicasOf({
    replicas: [
      ...running,
      { role: "ps", runnerLost: true, status: { step: "RUNNING" } },
      { role: "master", status: { step: "EXITED", exit: { exitCode: 1, reason: "USER_ERROR" } } },
      { role: "ps", index: 1, status: { step: "EXITED", exit: { exitCode: 1, reason: "USER_ERROR" } } },
    ],
  });
  expect(conditionsOf(replicas)).toEqual([
    { name: "USER_ERROR", count: 2, bad: true },
    { name: "LOST", count: 1, bad: true },
    { name: "RUNNING", count: 3, bad: false },
  ]);
});
