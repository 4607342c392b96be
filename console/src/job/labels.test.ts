import { expect, test } from "vitest";
import { keyPattern, labelsOf, rowsOf, valuePattern } from "./labels";

test("labels and rows", () => {
  expect(rowsOf({ b: "2", a: "1" })).toEqual([
    { key: "a", value: "1" },
    { key: "b", value: "2" },
  ]);
  expect(
    labelsOf([
      { key: "a", value: "1" },
      { key: "", value: "x" },
      { key: "a", value: "2" },
    ]),
  ).toEqual({ a: "2" });
  expect(rowsOf(undefined)).toEqual([]);
});

test("patterns as a browser compiles them", () => {
  const key = new RegExp(`^(?:${keyPattern})$`, "u");
  expect(["owner", "mlengine-budget", "1a", "A", ""].map((text) => key.test(text))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(new RegExp(`^(?:${valuePattern})$`, "u").test("")).toBe(true);
});
