import { expect, test } from "vitest";
import { prettyJson } from "./pretty_json";

test("it is set as JSON.stringify would", () => {
  const value = { a: [1, 2.5, { b: 'x, {y}: \\ "q"' }], empty: {}, none: [], t: true, n: null, 한: "글" };
  expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  expect(prettyJson(JSON.stringify(value, null, 4))).toBe(JSON.stringify(value, null, 2));
  expect(prettyJson("[ ]")).toBe("[]");
});

test("no digit is lost", () => {
  expect(prettyJson('{"n":12345678901234567890.10}')).toBe('{\n  "n": 12345678901234567890.10\n}');
});

test("a part of a document, lines of documents, and what is no JSON", () => {
  expect(prettyJson('{"a":{"b":"cut')).toBe('{\n  "a": {\n    "b": "cut');
  expect(prettyJson('{"a":1}\n{"a":2}\n')).toBe('{\n  "a": 1\n}\n{\n  "a": 2\n}');
  expect(prettyJson("1 2")).toBe("1\n2");
  expect(prettyJson("]]")).toContain("]");
});

test("a long document takes no time", () => {
  const text = JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ n, name: `clip ${n}` })));
  const begin = performance.now();
  prettyJson(text);
  expect(performance.now() - begin).toBeLessThan(1500);
});
