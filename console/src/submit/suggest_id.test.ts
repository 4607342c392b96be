import { expect, test } from "vitest";
import { freeIdAfter, nextId, timedId } from "./suggest_id";

test("a counter goes up, and a time is none", () => {
  expect(["speech", "speech_2", "speech_9", "a_1_x", "train_20180102_030405"].map(nextId)).toEqual([
    "speech_2",
    "speech_3",
    "speech_10",
    "a_1_x_2",
    "train_20180102_030405_2",
  ]);
  expect(nextId("x".repeat(128))).toBe(`${"x".repeat(126)}_2`);
});

test("taken ids are passed over", async () => {
  const taken = new Set(["speech_2", "speech_3"]);
  expect(await freeIdAfter("speech", async (id) => taken.has(id))).toBe("speech_4");
});

test("an id from the time is one that the engine takes", () => {
  expect(timedId(new Date(2018, 0, 2, 3, 4, 5))).toBe("train_20180102_030405");
});
