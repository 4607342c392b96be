import { expect, test } from "vitest";
import { type Curve, colorsOf, curveChart, lineKey, smoothed, tagsOf } from "./curves";
import type { MetricValue } from "./metrics";

function curve(job: string, run: string, tag: string, points: [number, MetricValue][]): Curve {
  return {
    job,
    series: {
      run,
      tag,
      count: String(points.length),
      points: points.map(([step, value]) => ({
        step: String(step),
        time: new Date(1000 * (step + (job === "b" ? 500 : 100))).toISOString(),
        value,
      })),
    },
  };
}

test("smoothing begins at the first value, keeps a constant, and leaves gaps", () => {
  expect(smoothed([5, 5, null, 5], 0.9).map((v) => v && Number(v.toFixed(9)))).toEqual([5, 5, null, 5]);
  const [first, second] = smoothed([1, 3], 0.5);
  expect(first).toBe(1);
  // (1·0.5·0.5 + 3·0.5) / 0.75
  expect(second).toBeCloseTo(7 / 3);
});

const name = (one: Curve) => lineKey(one);
const plain = { axis: "step", log: false, smoothing: 0 } as const;

test("lines over the steps of all; what is no number is a mark", () => {
  const curves = [
    curve("a", "train", "loss", [
      [0, 3],
      [10, 2],
    ]),
    curve("a", "eval", "loss", [
      [5, "NaN"],
      [10, 4],
    ]),
  ];
  const chart = curveChart(curves, plain, name, colorsOf(curves));
  expect(chart.x).toEqual([0, 5, 10]);
  expect(chart.series.map((line) => [line.label, line.values, line.color])).toEqual([
    ["a/train", [3, null, 2], 0],
    ["a/eval", [null, null, 4], 1],
  ]);
  expect(chart.marks).toEqual([5]);
});

test("elapsed time lays jobs over each other; smoothing adds the raw line behind; a logarithm drops zero", () => {
  const curves = [
    curve("a", "r", "t", [
      [0, 0],
      [1, 2],
    ]),
    curve("b", "r", "t", [[0, 5]]),
  ];
  const chart = curveChart(curves, { axis: "elapsed", log: true, smoothing: 0.5 }, name, colorsOf(curves));
  expect(chart.x).toEqual([0, 1]);
  expect(chart.series.map((line) => [line.label, line.faint ?? false, line.values])).toEqual([
    ["a/r", true, [null, 2]],
    ["a/r", false, [null, 2]],
    ["b/r", true, [5, null]],
    ["b/r", false, [5, null]],
  ]);
  expect(curveChart(curves, { ...plain, axis: "time" }, name, colorsOf(curves)).x).toEqual([100, 101, 500]);
});

test("losses come first", () => {
  const tags = ["b", "eval/accuracy", "zloss"].map((tag) => curve("a", "r", tag, []));
  expect(tagsOf(tags)).toEqual(["zloss", "eval/accuracy", "b"]);
});
