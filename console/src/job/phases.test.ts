import { expect, test } from "vitest";
import type { JobDetail } from "./job_detail";
import { phasesOf, shares, shortMs } from "./phases";

const base: JobDetail = {
  project: "p",
  job: { jobId: "j", state: "QUEUED", createTime: "2018-01-01T00:00:00Z" },
  runtime: "",
  price: { list: "", region: "" },
  budgets: [],
  phases: [],
  attempts: [],
};
const now = Date.parse("2018-01-01T00:01:00Z");
const phase = (name: string, startTime: string, endTime?: string) => ({ name, startTime, endTime });

test("a job that waits is in its first phase", () => {
  const [queued, ...later] = phasesOf(base, now);
  expect(queued).toMatchObject({ name: "queued", milliseconds: 60_000, current: true, share: 1 });
  expect(later.every((one) => one.milliseconds === undefined && !one.current && one.share === 0)).toBe(true);
});

test("a phase that goes on grows with the clock", () => {
  const detail: JobDetail = {
    ...base,
    job: { ...base.job, state: "PREPARING" },
    phases: [
      { name: "queued", milliseconds: 5 },
      { name: "launch", milliseconds: 10 },
    ],
    attempts: [
      {
        decidedTime: "2018-01-01T00:00:00Z",
        replicas: [{ status: { phases: [phase("staging", "2018-01-01T00:00:20Z")] } }],
      },
    ],
  };
  const list = phasesOf(detail, now);
  expect(list.find((one) => one.current)).toMatchObject({ name: "staging", milliseconds: 40_000 });
  expect(list.at(-1)?.milliseconds).toBeUndefined();
});

test("what ran ends with the program, and the first line is not counted twice", () => {
  const detail: JobDetail = {
    ...base,
    job: { ...base.job, state: "SUCCEEDED", endTime: "2018-01-01T00:00:40Z" },
    phases: [{ name: "first_line", milliseconds: 2000 }],
    attempts: [
      {
        replicas: [
          {
            status: {
              phases: [
                phase("exec", "2018-01-01T00:00:09Z", "2018-01-01T00:00:10Z"),
                phase("first_line", "2018-01-01T00:00:10Z", "2018-01-01T00:00:12Z"),
              ],
              exit: { endTime: "2018-01-01T00:00:30Z" },
            },
          },
        ],
      },
    ],
  };
  expect(phasesOf(detail, now).at(-1)).toMatchObject({
    name: "running",
    milliseconds: 18_000,
    current: false,
  });
});

test("each part can be seen, none swallows the others, and all make one whole", () => {
  const parts = shares([1, 20, 0.03, 86_400_000]);
  expect(parts.reduce((a, b) => a + b)).toBeCloseTo(1);
  expect(Math.min(...parts)).toBeGreaterThan(0.03);
  expect(parts[3]).toBeGreaterThan(parts[1] ?? 1);
  expect(shares([0, 0])).toEqual([0.5, 0.5]);
});

test("short times keep a figure", () => {
  const seconds = (value: number) => `${value} s`;
  expect([0.0421, 0.5, 23.4, 1600].map((ms) => shortMs(ms, seconds))).toEqual([
    "0.04 ms",
    "0.5 ms",
    "23 ms",
    "1.6 s",
  ]);
});
