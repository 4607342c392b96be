import { expect, test } from "vitest";
import { parseLoose } from "./loose_json";

test("what is JSON is read as JSON", () => {
  for (const text of [
    '{"a": [1, -2.5e-05, "x\\u00e9\\"\\\\", {}, []], "b": {"c": null, "d": true, "e": false}}',
    " [ ] ",
    '"text"',
    "0",
  ])
    expect(JSON.stringify(parseLoose(text))).toBe(JSON.stringify(JSON.parse(text)));
});

test("numbers that JSON has no word for come through", () => {
  const value = parseLoose('{"predictions": [{"y": [NaN, Infinity, -Infinity, 1.0]}]}') as {
    predictions: { y: number[] }[];
  };
  expect(value.predictions[0]?.y).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1,
  ]);
  expect(parseLoose('"NaN"')).toBe("NaN");
});

test("long whole numbers keep all their digits", () => {
  expect(parseLoose("[9007199254740993, -9223372036854775808, 42]")).toEqual([
    9007199254740993n,
    -9223372036854775808n,
    42,
  ]);
});

test("every name is only a name", () => {
  const value = parseLoose('{"__proto__": {"x": 1}}') as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(["__proto__"]);
  expect((value as { x?: unknown }).x).toBeUndefined();
});

test("what is no JSON is refused", () => {
  for (const text of ["", "{", "[1,]", '{"a" 1}', "{a: 1}", "[1 2]", '"open', "nan", "1 1", '{"a":1,}'])
    expect(() => parseLoose(text), text).toThrow(SyntaxError);
});
