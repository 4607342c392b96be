import { expect, test } from "vitest";
import { nextVersion, predictPath, shortName } from "./model_calls";

test("the next version is one above the highest", () => {
  expect(nextVersion([])).toBe("v1");
  expect(nextVersion(["v2", "v10", "best", "v9999999"])).toBe("v11");
});

test("names are encoded in addresses", () => {
  expect(predictPath("p", "m", "")).toBe("/v1/projects/p/models/m:predict");
  expect(predictPath("a/b", "m", "v?1")).toBe("/v1/projects/a%2Fb/models/m/versions/v%3F1:predict");
  expect(shortName("projects/p/models/m/versions/v1")).toBe("v1");
  expect(shortName(undefined)).toBe("");
});
