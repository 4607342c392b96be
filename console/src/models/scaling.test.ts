import { expect, test } from "vitest";
import { fieldsOf, isCount, maskOf, scalingOf } from "./scaling";

test("a version's scaling is read and written again as it was", () => {
  for (const fields of [
    { autoScaling: { minNodes: 1, maxNodes: 4 } },
    { autoScaling: { minNodes: 0, maxNodes: 0 } },
    { manualScaling: { nodes: 3 } },
  ])
    expect(fieldsOf(scalingOf(fields))).toEqual(fields);
  expect(scalingOf({})).toEqual({ kind: "automatic", least: "0", most: "" });
});

test("a patch names only the kind that is chosen, and with it all its fields", () => {
  expect(maskOf({ kind: "fixed", nodes: "2" })).toBe("manualScaling.nodes");
  expect(maskOf({ kind: "automatic", least: "1", most: "" })).toBe(
    "autoScaling.minNodes,autoScaling.maxNodes",
  );
});

test("a box takes digits", () => {
  expect(["", "0", "12", "x", "-1", "1.5"].map(isCount)).toEqual([true, true, true, false, false, false]);
});
