import { expect, test } from "vitest";
import { errorsLately, hourLines, latencyText, rateNow, rateText } from "./rates";
import type { ServedVersion } from "./serving";

const at = Date.parse("2026-11-28T12:00:05Z");

function version(name: string, points: [string, number, number, number][]): ServedVersion {
  return {
    version: name,
    state: "READY",
    isDefault: false,
    processes: [],
    requests: 0,
    waiting: 0,
    totals: {},
    instances: "0",
    latency: { p50: 0, p95: 0, p99: 0 },
    batches: { runs: "0", meanInstances: 0, sharedRequests: "0" },
    starts: "0",
    deaths: "0",
    traffic: points.map(([time, requests, errors, p50]) => ({
      time: `2026-11-28T${time}Z`,
      seconds: 10,
      requests: String(requests),
      errors: String(errors),
      p50,
      p95: p50 * 2,
    })),
  };
}

test("a rate is of the last half minute and of all versions", () => {
  const both = [
    version("v1", [
      ["11:00:10", 5000, 3, 0.1],
      ["11:59:40", 100, 0, 0.1],
      ["12:00:00", 50, 1, 0.1],
    ]),
    version("v2", [["11:59:50", 100, 2, 0.1]]),
  ];
  // From 11:59:40, since what began before is not whole.
  expect(rateNow(both, at)).toBe(250 / 25);
  expect(errorsLately(both)).toBe(6);
  expect(rateNow([], at)).toBe(0);
});

test("the hour has a place for each whole slice, with zeros where nobody asked", () => {
  const lines = hourLines(
    [
      version("a", []),
      version("b", [
        ["10:59:50", 7, 7, 0.1], // older than an hour
        ["11:00:00", 10, 1, 0.5],
        ["11:59:50", 20, 0, 0], // none was answered
        ["12:00:00", 9, 9, 0.1], // goes on
      ]),
    ],
    at,
  );
  expect(lines.x).toHaveLength(360);
  expect(lines.x[0]).toBe(Date.parse("2026-11-28T11:00:00Z") / 1000);
  expect(lines.versions.map((one) => [one.version, one.index])).toEqual([["b", 1]]);
  const [b] = lines.versions;
  expect([b?.rate[0], b?.rate[1], b?.rate[359]]).toEqual([1, 0, 2]);
  expect(b?.errors.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(1);
  expect([b?.p50[0], b?.p50[1], b?.p50[359], b?.p95[0]]).toEqual([0.5, null, null, 1]);
});

test("of a model that is asked for the first time five minutes are drawn", () => {
  const lines = hourLines([version("v1", [["11:59:50", 20, 0, 0.1]])], at);
  expect(lines.x).toHaveLength(30);
  expect(lines.versions[0]?.rate.at(-1)).toBe(2);
  const longer = hourLines([version("v1", [["11:40:00", 20, 0, 0.1]])], at);
  expect(longer.x[0]).toBe(Date.parse("2026-11-28T11:39:50Z") / 1000);
});

test("figures have as many digits as a person reads", () => {
  expect([0, 0.066, 4.2, 12.34, 138.2].map(rateText)).toEqual(["0.00", "0.07", "4.20", "12.3", "138"]);
  expect([0, 0.00041, 0.0123, 0.25, 1.25].map(latencyText)).toEqual([
    "–",
    "0.41 ms",
    "12.3 ms",
    "250 ms",
    "1.25 s",
  ]);
});
