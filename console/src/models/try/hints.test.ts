import { expect, test } from "vitest";
import { exampleOf, hintOf } from "./hints";

test("an answer that says no tells what the model takes", () => {
  expect(
    hintOf(
      "Prediction failed: Invalid inputs: Expected tensor name: x, got tensor name: [y]. (Error code: 1)",
    ),
  ).toEqual({ input: "x", only: true });
  expect(hintOf("Input audio was missing in at least one input instance.")).toEqual({ input: "audio" });
  expect(
    hintOf("Input x has shape [1, 3], the instances first; the model takes [?, 2, ?] (Error code: 1)"),
  ).toEqual({ input: "x", shape: [2, 1] });
  expect(hintOf("Input n has shape [1, 3], the instances first; the model takes [?]")).toEqual({
    input: "n",
    shape: [],
  });
  expect(hintOf("No signature found for signature key s.")).toBeUndefined();
});

test("an example has the shape, and keeps the other inputs", () => {
  expect(exampleOf({ input: "x", shape: [2, 1] }, "[[1, 2, 3]]")).toBe('{"x":[[0],[0]]}');
  expect(exampleOf({ input: "n" }, '{"x": [1]}\n{"x": [2]}')).toBe('{"x":[1],"n":0}');
  expect(exampleOf({ input: "x" }, "[1]")).toBe('{"x":0}');
  expect(exampleOf({ input: "x", only: true }, '[\n{"y": [1, 2]}\n]')).toBe('{"x":[1,2]}');
  expect(exampleOf({ input: "x", only: true }, "nothing")).toBe('{"x":0}');
  expect(exampleOf({ input: "x", shape: [100, 100] }, "")).toBeUndefined();
});
