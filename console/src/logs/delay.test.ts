import { expect, test } from "vitest";
import { DelayMeter, percentile } from "./delay";

test("percentiles are values that were measured", () => {
  expect(percentile([], 0.99)).toBeNaN();
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2);
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([0, 0.5, 0.95, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([1, 50, 95, 99, 100]);
});

test("a meter keeps the last ones, and no delay is below nothing", () => {
  const meter = new DelayMeter(10);
  expect(meter.p99()).toBeNaN();
  meter.add(-5);
  expect(meter.p99()).toBe(0);
  for (let n = 0; n < 10; n++) meter.add(1000);
  for (let n = 0; n < 10; n++) meter.add(2);
  expect(meter.p99()).toBe(2);
  expect(meter.count).toBe(21);
  meter.clear();
  expect(meter.p99()).toBeNaN();
});
