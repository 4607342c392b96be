import { expect, test } from "vitest";
import { modelOf } from "./prediction_cards";

test("a model and a version are told from the name of either", () => {
  expect(modelOf("projects/p/models/m")).toEqual({ model: "m", version: "" });
  expect(modelOf("projects/p/models/m/versions/v2")).toEqual({ model: "m", version: "v2" });
  expect(modelOf("")).toEqual({ model: "", version: "" });
});
