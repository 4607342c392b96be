import { expect, test } from "vitest";
import { eventsOf } from "./events";
import type { JobDetail } from "./job_detail";

const exec = (endTime: string) => ({ phases: [{ name: "exec", endTime }] });

const detail: JobDetail = {
  project: "p",
  job: {
    jobId: "j",
    state: "SUCCEEDED",
    createTime: "2018-01-01T00:00:00Z",
    endTime: "2018-01-01T00:00:09Z",
  },
  runtime: "",
  price: { list: "", region: "" },
  budgets: [],
  phases: [],
  attempts: [
    {
      number: 1,
      decidedTime: "2018-01-01T00:00:00.5Z",
      endTime: "2018-01-01T00:00:09.6Z",
      outcome: "SUCCEEDED",
      replicas: [
        {
          role: "master",
          restart: 1,
          earlier: [
            { ...exec("2018-01-01T00:00:01Z"), exit: { endTime: "2018-01-01T00:00:04Z", reason: "CRASH" } },
          ],
          status: {
            ...exec("2018-01-01T00:00:05Z"),
            exit: { endTime: "2018-01-01T00:00:09Z", reason: "FINISHED" },
          },
        },
        { role: "worker", status: exec("2018-01-01T00:00:02Z") },
      ],
    },
  ],
};

test("a life in order: the whole seconds of its end do not put that before the attempt's", () => {
  expect(eventsOf(detail).map((one) => [one.kind, one.replica, one.restart, one.word, one.bad])).toEqual([
    ["created", "", 0, "", false],
    ["admitted", "", 0, "", false],
    ["programs", "", 0, "", false],
    ["exit", "master 0", 0, "CRASH", true],
    ["program", "master 0", 1, "", false],
    ["exit", "master 0", 1, "FINISHED", false],
    ["attemptEnd", "", 0, "SUCCEEDED", false],
    ["end", "", 0, "SUCCEEDED", false],
  ]);
});

test("many exits are told by their reasons", () => {
  const replicas = Array.from({ length: 30 }, (_, index) => ({
    role: "worker",
    index,
    status: { exit: { endTime: `2018-01-01T00:00:${10 + index}Z`, reason: "STOPPED" as const } },
  }));
  const exits = eventsOf({ ...detail, attempts: [{ number: 1, replicas }] }).filter(
    (one) => one.kind === "exits",
  );
  expect(exits).toHaveLength(1);
  expect(exits[0]).toMatchObject({ count: 30, word: "STOPPED", time: "2018-01-01T00:00:39Z" });
});
