import { expect, test } from "vitest";
import { isAccelerator, limitText, quotaName, shareOf, sourceName, toneOf } from "./quota_names";

test("how much of a limit is used", () => {
  expect(shareOf("45", "450")).toBe(0.1);
  expect(shareOf("4", "unlimited")).toBeUndefined();
  expect(shareOf(undefined, "7")).toBeUndefined();
  expect(shareOf("0", "0")).toBeUndefined();
  expect(shareOf("1", "0")).toBe(1);
  expect([0.5, 0.8, 1, 1.2].map((share) => toneOf(share))).toEqual(["bar", "bar warn", "bar bad", "bar bad"]);
  expect(toneOf(0.5, 0.5)).toBe("bar warn");
});

test("names", () => {
  expect(quotaName("tpu-v2")).toBe("TPU-V2 accelerators at once");
  expect(quotaName("jobs")).toBe("Jobs at once");
  expect([isAccelerator("k80"), isAccelerator("log-days")]).toEqual([true, false]);
  expect(limitText("1500")).toBe("1,500");
  expect([sourceName("pool"), sourceName("new"), sourceName(undefined)]).toEqual(["pool", "new", ""]);
});
