import { expect, test } from "vitest";
import { parseLoose } from "./loose_json";
import { columnsOf, lineOf, rankingOf } from "./readings";

const ranking = (text: string) => rankingOf(parseLoose(text));

test("labels and scores are ranked, the best first", () => {
  expect(ranking('{"labels": ["yes", "no", "up"], "scores": [0.2, 0.7, 0.1], "model": "conv"}')).toEqual({
    scores: [
      { label: "no", score: 0.7 },
      { label: "yes", score: 0.2 },
      { label: "up", score: 0.1 },
    ],
    isShare: true,
    rest: [["model", "conv"]],
  });
});

test("the lists may have other names, and scores need not be shares", () => {
  const found = ranking('{"classes": ["a", "b"], "logits": [-3.5, 2]}');
  expect(found?.scores.map((one) => one.label)).toEqual(["b", "a"]);
  expect(found?.isShare).toBe(false);
});

test("a list of scores alone has places for labels", () => {
  expect(ranking('{"probabilities": [0.25, 0.75]}')?.scores[0]).toEqual({ label: "1", score: 0.75 });
  expect(ranking("[0.5, 0.3, 0.2]")?.scores).toHaveLength(3);
  expect(ranking('{"scores": [3.5, 9]}')?.scores[0]).toEqual({ label: "1", score: 9 });
});

test("numbers that are no scores are left alone", () => {
  for (const text of [
    "[1.5, 9]",
    '{"out": [1.5, 9]}',
    '{"y": 3}',
    '"yes"',
    "[]",
    '{"labels": ["a"], "scores": [1, 2]}',
  ])
    expect(ranking(text), text).toBeUndefined();
});

test("what is not a number comes last", () => {
  expect(
    ranking('{"labels": ["a", "b", "c"], "scores": [NaN, 0.1, 0.9]}')?.scores.map((one) => one.label),
  ).toEqual(["c", "b", "a"]);
});

test("single values make a table", () => {
  expect(columnsOf(parseLoose('[{"y": 1, "s": "a"}, {"y": NaN, "s": "b"}]') as [])).toEqual({
    names: ["y", "s"],
    rows: [
      [1, "a"],
      [Number.NaN, "b"],
    ],
  });
  expect(columnsOf([1, 2])?.rows).toEqual([[1], [2]]);
  expect(columnsOf(parseLoose('[{"y": 1}, {"z": 1}]') as [])).toBeUndefined();
  expect(columnsOf(parseLoose('[{"y": [1]}]') as [])).toBeUndefined();
  expect(columnsOf([])).toBeUndefined();
});

test("a value in a line keeps what JSON has no word for", () => {
  expect(lineOf(parseLoose('{"a": [NaN, 9007199254740993, "x"], "b": null}'))).toBe(
    '{"a": [NaN, 9007199254740993, "x"], "b": null}',
  );
});
