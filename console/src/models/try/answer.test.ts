import { expect, test } from "vitest";
import { readAnswer } from "./answer";

test("predictions, a refusal and anything else are told apart", () => {
  expect(readAnswer('{"predictions": [{"y": NaN}]}')).toMatchObject({
    kind: "predictions",
    predictions: [{ y: Number.NaN }],
  });
  expect(readAnswer('{"error": "Prediction failed: no"}')).toMatchObject({
    kind: "refused",
    error: "Prediction failed: no",
  });
  expect(readAnswer('{"score": 1}').kind).toBe("other");
  expect(readAnswer("<html>")).toEqual({ kind: "other", text: "<html>" });
});
