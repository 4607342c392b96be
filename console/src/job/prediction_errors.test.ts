import { expect, test } from "vitest";
import { errorsOf } from "./prediction_errors";

test("errors with their places; a cut line and one that is no JSON are left out", () => {
  const text = [
    '{"file":"gs://b/in","line":2,"error":"<b>no JSON</b>"}',
    "nonsense",
    '{"file":"gs://b/rec","record":7,"error":"a broken frame"}',
    '{"file":"gs://b/in","li',
  ].join("\n");
  expect(errorsOf(text)).toEqual([
    { file: "gs://b/in", unit: "line", number: 2, error: "<b>no JSON</b>" },
    { file: "gs://b/rec", unit: "record", number: 7, error: "a broken frame" },
  ]);
  expect(errorsOf("")).toEqual([]);
});
