import { expect, test } from "vitest";
import { hexLines } from "./hex";

test("sixteen bytes a line", () => {
  const bytes = new Uint8Array([...new TextEncoder().encode("TFRecord<b>\0\x7f\xff"), 1]);
  expect(hexLines(bytes).split("\n")).toEqual([
    "000000  54 46 52 65 63 6f 72 64 3c 62 3e 00 7f c3 bf 01  TFRecord<b>.....",
  ]);
  expect(hexLines(new Uint8Array(17)).split("\n")).toHaveLength(2);
  expect(hexLines(new Uint8Array())).toBe("");
});
