import { expect, test } from "vitest";
import { commaOf, isNumeric, parseCsv } from "./csv";

test("quotes, doubled quotes, line ends of both kinds", () => {
  expect(parseCsv('a,b\r\n"1,5","say ""hi"""\n"two\nlines",\n\n,x', ",")).toEqual([
    ["a", "b"],
    ["1,5", 'say "hi"'],
    ["two\nlines", ""],
    ["", "x"],
  ]);
  expect(parseCsv("", ",")).toEqual([]);
  expect(parseCsv('a"b,c\n', ",")).toEqual([['a"b', "c"]]);
  expect(parseCsv("1\n2\n3\n", ",", 2)).toEqual([["1"], ["2"]]);
});

test("the mark and the columns of numbers", () => {
  expect(commaOf("a\tb\tc\n1,2")).toBe("\t");
  expect(commaOf("a;b;c")).toBe(";");
  expect(commaOf("a")).toBe(",");
  const rows = [
    ["1", "x", ""],
    ["2.5e3", "2", ""],
    ["", "3", ""],
  ];
  expect([0, 1, 2].map((column) => isNumeric(rows, column))).toEqual([true, false, false]);
});
