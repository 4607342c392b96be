import { expect, test } from "vitest";
import { daysOf, moneyText } from "./days";

const row = (group: string, money: string, currency = "USD") => ({
  group,
  money,
  currency,
  jobs: 1,
  units: "0.00",
  text: "",
});

test("every day has its sum, also that of no job, in each currency", () => {
  const now = Date.UTC(2018, 0, 3, 23, 59);
  const days = daysOf(
    [row("2018-01-01", "2.77"), row("2018-01-03", "1.00"), row("2018-01-03", "5.00", "EUR")],
    3,
    now,
  );
  expect(days.series).toEqual([
    { currency: "EUR", values: [0, 0, 5] },
    { currency: "USD", values: [2.77, 0, 1] },
  ]);
  expect(days.x.map((seconds) => new Date(seconds * 1000).getDate())).toEqual([1, 2, 3]);
  expect(daysOf([row("2017-01-01", "9.00")], 2, now).series[0]?.values).toEqual([0, 0]);
  expect(daysOf([], 2, now).series).toEqual([]);
});

test("small money keeps its digits", () => {
  expect(moneyText(2.9, "USD")).toBe("2.90 USD");
  expect(moneyText(0.0123, "USD")).toBe("0.0123 USD");
  expect(moneyText(0, "USD")).toBe("0.00 USD");
  expect(moneyText(12, "")).toBe("12.00");
});
