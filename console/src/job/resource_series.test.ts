import { expect, test } from "vitest";
import type { MetricSeries } from "./metrics";
import {
  bucketSeconds,
  busiestRuns,
  meaningOf,
  mostLines,
  mostOfMany,
  resourceCharts,
} from "./resource_series";

function series(run: string, tag: string, points: [number, number][]): MetricSeries {
  return {
    run: `resources/${run}`,
    tag,
    count: String(points.length),
    points: points.map(([second, value]) => ({
      step: "0",
      time: new Date(1_000_000_000_000 + second * 1000).toISOString(),
      value,
    })),
  };
}

test("tags and what they mean", () => {
  expect(meaningOf("host_network_sent")).toEqual({ kind: "network", direction: "out" });
  expect(meaningOf("gpu1_memory")).toEqual({ kind: "gpuMemory", direction: "", gpu: 1 });
  expect(meaningOf("threads")).toBeUndefined();
});

test("samples of replicas that were looked at a little apart share their moments", () => {
  const [chart] = resourceCharts({
    warnings: [],
    series: [
      series("worker-replica-1", "cpu", [
        [0.2, 3],
        [1.2, 4],
      ]),
      series("worker-replica-0", "cpu", [
        [0, 1],
        [1.1, 2],
        [2, 5],
      ]),
    ],
  });
  expect(chart?.x).toEqual([1_000_000_000, 1_000_000_001, 1_000_000_002]);
  expect(chart?.lines.map((line) => [line.replica, line.values])).toEqual([
    ["worker 0", [1, 2, 5]],
    ["worker 1", [3, 4, null]],
  ]);
});

test("a bucket is as wide as the samples are apart", () => {
  expect(bucketSeconds([series("a", "cpu", [[0, 1]])])).toBe(1);
  expect(
    bucketSeconds([
      series("a", "cpu", [
        [0, 1],
        [5, 1],
        [10, 1],
      ]),
    ]),
  ).toBe(5);
});

test("charts by role and kind; silence within the machine is not drawn", () => {
  const one: [number, number][] = [[0, 0]];
  const charts = resourceCharts({
    warnings: [],
    series: [
      series("ps-replica-0", "loopback_sent", one),
      series("ps-replica-0", "memory_resident", one),
      series("master-replica-0", "network_sent", one),
      series("master-replica-0", "network_received", one),
      series("master-replica-0", "cpu", one),
    ],
  });
  expect(charts.map((chart) => `${chart.role} ${chart.kind} ${chart.lines.length}`)).toEqual([
    "master cpu 1",
    "master network 2",
    "ps memory 1",
  ]);
});

test("of very many replicas the busiest are drawn", () => {
  const all = Array.from({ length: 40 }, (_, n) => series(`worker-replica-${n}`, "cpu", [[0, n]]));
  const [chart] = resourceCharts({ warnings: [], series: all });
  expect(chart?.lines).toHaveLength(mostLines);
  expect(chart?.hidden).toBe(40 - mostLines);
  expect(chart?.lines.at(-1)?.replica).toBe("worker 39");
});

test("of a crowd the busiest are asked for, and how many are not", () => {
  const crowd = Array.from({ length: 40 }, (_, n) => [
    { ...series(`worker-replica-${n}`, "cpu", [[0, 0]]), max: n % 20 },
    { ...series(`worker-replica-${n}`, "memory", [[0, 0]]), max: n },
  ]).flat();
  const all = [...crowd, { ...series("ps-replica-0", "cpu", [[0, 0]]), max: 0.1 }];
  const { runs, hidden } = busiestRuns({ warnings: [], series: all });
  expect(runs).toHaveLength(mostOfMany + 1);
  // Equal CPUs: the one with more memory first.
  expect(runs.slice(0, 3)).toEqual([39, 19, 38].map((n) => `resources/worker-replica-${n}`));
  expect(runs.at(-1)).toBe("resources/ps-replica-0");
  expect([...hidden]).toEqual([
    ["worker", 40 - mostOfMany],
    ["ps", 0],
  ]);
  const drawn = all.filter((one) => runs.includes(one.run));
  const charts = resourceCharts({ warnings: [], series: drawn }, hidden);
  expect(charts.map((chart) => [chart.role, chart.kind, chart.shown, chart.hidden])).toEqual([
    ["worker", "cpu", mostOfMany, 32],
    ["worker", "memory", mostOfMany, 32],
    ["ps", "cpu", 1, 0],
  ]);
});
