import { expect, test } from "vitest";
import { RowLayout } from "./layout";

test("rows lie one below the other", () => {
  const layout = new RowLayout();
  layout.lay([20, 60, 20, 0, 40], (height) => height);
  expect(layout.total).toBe(140);
  expect([0, 1, 2, 3, 4, 5].map((n) => layout.top(n))).toEqual([0, 20, 80, 100, 100, 140]);
  expect([-5, 0, 19, 20, 79, 80, 99, 100, 139, 140, 9999].map((y) => layout.at(y))).toEqual([
    0, 0, 0, 1, 1, 2, 2, 4, 4, 4, 4,
  ]);
  expect(layout.height(1)).toBe(60);
});

test("fewer rows than before leave nothing behind, none are none, many are found", () => {
  const layout = new RowLayout();
  layout.lay(Array(5000).fill(20), (height: number) => height);
  expect(layout.total).toBe(100_000);
  expect(layout.at(99_999)).toBe(4999);
  layout.lay([30], (height) => height);
  expect([layout.total, layout.at(1000)]).toEqual([30, 0]);
  layout.lay([], () => 0);
  expect([layout.total, layout.at(0)]).toEqual([0, -1]);
});
