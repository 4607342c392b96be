import { expect, test } from "vitest";
import { markFound } from "./find_text";

const show = (texts: string[], wanted: string) =>
  markFound(
    texts.map((text) => ({ text, look: "" })),
    wanted,
  ).map((piece) => (piece.found ? `[${piece.text}]` : piece.text));

test("every place is marked, capitals or not", () => {
  expect(show(["Loss = NaN, loss"], "loss")).toEqual(["[Loss]", " = NaN, ", "[loss]"]);
  expect(show(["abc"], "x")).toEqual(["abc"]);
  expect(show(["abc"], "")).toEqual(["abc"]);
  expect(show(["aaaa"], "aa")).toEqual(["[aa]", "[aa]"]);
});

test("a place may go over pieces of several colours", () => {
  expect(show(["xx lo", "s", "s yy", " loss"], "loss")).toEqual([
    "xx ",
    "[lo]",
    "[s]",
    "[s]",
    " yy",
    " ",
    "[loss]",
  ]);
});

test("the text stays what it was, also with letters that grow when they are made small", () => {
  const text = "İİİ Ünï LOSS 로스 loss";
  expect(show([text], "loss").join("").replace(/[[\]]/g, "")).toBe(text);
  expect(show([text], "loss")).toEqual(["İİİ Ünï ", "[LOSS]", " 로스 ", "[loss]"]);
});
