import { expect, test } from "vitest";
import type { JobRow, JobTableAnswer } from "./job_row";
import { elapsedSeconds } from "./job_row";
import { JobWindow, pagesOf } from "./job_window";

const answer = (revision: string, offset: number, total: number): JobTableAnswer => ({
  revision,
  total,
  offset,
  counts: { running: 0, waiting: 0, succeeded: total, failed: 0, stopped: 0 },
  jobs: Array.from(
    { length: Math.min(100, total - offset) },
    (_, n) => ({ jobId: `j${offset + n}` }) as JobRow,
  ),
});

test("pages that hold some rows", () => {
  expect(pagesOf(0, 30, 1000)).toEqual([0]);
  expect(pagesOf(95, 130, 1000)).toEqual([0, 1]);
  expect(pagesOf(980, 1030, 1000)).toEqual([9]);
  expect(pagesOf(0, 0, 0)).toEqual([0]);
});

test("rows are found by their place, and a newer revision makes the others stale", () => {
  const window = new JobWindow();
  window.take(0, answer("1", 0, 250));
  window.take(2, answer("1", 200, 250));
  expect(window.row(3)?.jobId).toBe("j3");
  expect(window.row(249)?.jobId).toBe("j249");
  expect(window.row(150)).toBeUndefined();
  expect(window.missing([0, 1, 2])).toEqual([1]);
  window.take(0, answer("2", 0, 251));
  expect(window.row(249)?.jobId).toBe("j249"); // shown until the newer one is there
  expect(window.missing([0, 1, 2])).toEqual([1, 2]);
});

test("few pages are kept, and none beyond the end", () => {
  const window = new JobWindow(3);
  for (let page = 0; page < 10; page++) window.take(page, answer("1", page * 100, 100_000));
  expect(window.row(0)).toBeUndefined();
  expect(window.row(750)?.jobId).toBe("j750");
  window.take(0, answer("2", 0, 120));
  expect(window.row(950)).toBeUndefined();
});

test("a job's time goes on until its end", () => {
  const row = { createTime: "2018-01-02T03:04:05Z" } as JobRow;
  expect(elapsedSeconds(row, Date.parse("2018-01-02T03:04:15Z"))).toBe(10);
  expect(
    elapsedSeconds({ ...row, endTime: "2018-01-02T03:04:06Z" }, Date.parse("2018-01-03T00:00:00Z")),
  ).toBe(1);
  expect(elapsedSeconds(row, 0)).toBe(0);
});
