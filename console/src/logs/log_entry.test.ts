import { expect, test } from "vitest";
import { byTask } from "./log_entry";

test("replicas in the order that a person counts in", () => {
  const tasks = ["worker-replica-10", "ps-replica-0", "worker-replica-2", "master-replica-0", "service"];
  expect(tasks.sort(byTask)).toEqual([
    "master-replica-0",
    "ps-replica-0",
    "service",
    "worker-replica-2",
    "worker-replica-10",
  ]);
});
