import { expect, test } from "vitest";
import { draftOf, isPercent, isSame, restOf, sharesOf } from "./traffic_shares";

const versions = ["v1", "v2", "v3"];

test("what is not given away is left for the default version", () => {
  expect(restOf({}, versions)).toBe(100);
  expect(restOf({ v1: " 10 ", v2: "", v3: "25" }, versions)).toBe(65);
  expect(restOf({ v1: "60", v2: "41" }, versions)).toBe(-1);
  // A version that is gone has no share any more.
  expect(restOf({ v9: "50" }, versions)).toBe(100);
});

test("a box takes whole percents", () => {
  expect(["", "0", "7", "100"].map(isPercent)).toEqual([true, true, true, true]);
  expect(["101", "1.5", "-3", "ten", "1e1"].map(isPercent)).toEqual([false, false, false, false, false]);
});

test("nothing is no share", () => {
  expect(sharesOf({ v2: "10", v1: "0", v3: "" }, versions)).toEqual([{ version: "v2", percent: 10 }]);
});

test("a draft knows whether it is what is set", () => {
  const set = [{ version: "v2", percent: 10 }];
  expect(draftOf(set)).toEqual({ v2: "10" });
  expect(isSame({ v2: "10", v1: "" }, set)).toBe(true);
  expect(isSame({ v2: "11" }, set)).toBe(false);
  expect(isSame({}, set)).toBe(false);
});
