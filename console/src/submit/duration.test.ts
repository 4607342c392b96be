import { expect, test } from "vitest";
import { durationOf, secondsOf, textOf } from "./duration";

test("durations as people type them", () => {
  expect(["90", "30m", "2h 30m", "1.5h", "7d", "10s"].map(secondsOf)).toEqual([
    90, 1800, 9000, 5400, 604800, 10,
  ]);
  expect(["", "soon", "2x", "h"].map(secondsOf)).toEqual([undefined, undefined, undefined, undefined]);
  expect(durationOf("2h")).toBe("7200s");
  expect(durationOf("soon")).toBe("soon");
});

test("and back", () => {
  expect(["7200s", "90s", "86400s", "5400s", "1.5s"].map(textOf)).toEqual(["2h", "90s", "1d", "90m", "1.5s"]);
});
