import { expect, test } from "vitest";
import { arithmeticOf } from "./money";

const price = {
  list: "2017-12",
  region: "us-central1",
  currency: "USD",
  unitsPerHour: 5.9234,
  perHour: 2.9025,
};

test("the price of a unit, and the product", () => {
  const sum = arithmeticOf({ ...price, used: { units: 0.73, money: 0.36, text: "" } });
  expect(sum?.perUnit).toBeCloseTo(0.49, 3);
  expect(sum?.adds).toBe(true);
});

test("a sum that does not add up is not claimed", () => {
  expect(arithmeticOf({ ...price, used: { units: 0.73, money: 0.5, text: "" } })?.adds).toBe(false);
  expect(arithmeticOf(price)?.adds).toBe(false);
});

test("no price, no arithmetic", () => {
  expect(arithmeticOf({ list: "x", region: "r", unknown: "No price." })).toBeUndefined();
});
