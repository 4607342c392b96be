import { expect, test } from "vitest";
import { joinWords, quoteWord, splitWords } from "./shell_words";

const split = (text: string) => splitWords(text).words;

test("words are split as a shell does", () => {
  expect(split(" --epochs 3\n--name='a b'  x\"y z\"\t'' ")).toEqual([
    "--epochs",
    "3",
    "--name=a b",
    "xy z",
    "",
  ]);
  expect(split(`a\\ b "c\\"d" 'e\\f' "g\\h"`)).toEqual(["a b", 'c"d', "e\\f", "g\\h"]);
  expect(split("--one \\\n  --two")).toEqual(["--one", "--two"]);
  expect(split('"it\'s" $HOME `x` #y')).toEqual(["it's", "$HOME", "`x`", "#y"]);
  expect(split("")).toEqual([]);
});

test("what is not closed is told", () => {
  expect(splitWords("a 'b").open).toBe(true);
  expect(splitWords('a "b').open).toBe(true);
  expect(splitWords("a \\").open).toBe(true);
  expect(splitWords("a 'b'").open).toBe(false);
});

test("quoted words split into themselves", () => {
  const words = ["--a=1", "b c", "it's", "", "$(rm)", "한글", "new\nline", "back\\slash", "~", "*"];
  expect(split(words.map(quoteWord).join(" "))).toEqual(words);
  expect(split(joinWords(words))).toEqual(words);
  expect(quoteWord("--job-dir=gs://a/b")).toBe("--job-dir=gs://a/b");
  expect(joinWords(["--a", "1", "--b=2", "x"])).toBe("--a 1\n--b=2\nx");
});
