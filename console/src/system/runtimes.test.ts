import { expect, test } from "vitest";
import { lineSplitter } from "./lines";
import { type Install, takeLine } from "./runtimes";

test("lines come whole, however they are cut", () => {
  const seen: string[] = [];
  const split = lineSplitter((line) => seen.push(line));
  for (const piece of ['{"li', 'ne":"a"}\n{"line":"b"}', "\n", "\n", '{"done":true}\n']) split(piece);
  expect(seen).toEqual(['{"line":"a"}', '{"line":"b"}', '{"done":true}']);
});

test("an installation says lines, then how it ended", () => {
  const start: Install = { lines: [], running: true };
  const one = takeLine(start, '{"line":"Collecting numpy"}');
  expect(one).toEqual({ lines: ["Collecting numpy"], running: true });
  expect(takeLine(one, '{"done":true}')).toEqual({ lines: ["Collecting numpy"], running: false });
  expect(takeLine(one, '{"error":{"message":"no space"}}')).toMatchObject({
    running: false,
    error: "no space",
  });
  expect(takeLine(one, "cut {")).toBe(one);
  let many = start;
  for (let n = 0; n < 600; n++) many = takeLine(many, `{"line":"${n}"}`);
  expect(many.lines.length).toBe(500);
  expect(many.lines.at(-1)).toBe("599");
});
