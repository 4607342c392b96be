import { expect, test } from "vitest";
import { plainText, readAnsi } from "./ansi";

const esc = "\u001b";
const looks = (text: string) => readAnsi(text).map((piece) => [piece.text, piece.look]);

test("colours become looks, and end", () => {
  expect(looks(`a${esc}[31mred${esc}[0m${esc}[1;32mgreen${esc}[39m bold${esc}[m end`)).toEqual([
    ["a", ""],
    ["red", "ink-1"],
    ["green", "ink-2 bold"],
    [" bold", "bold"],
    [" end", ""],
  ]);
  expect(looks(`${esc}[91mx${esc}[90my${esc}[2;39mz`)).toEqual([
    ["x", "ink-1"],
    ["y", "ink-faint"],
    ["z", "ink-faint"],
  ]);
});

test("of 256 and of all colours the nearest named one is shown", () => {
  expect(looks(`${esc}[38;5;196mr${esc}[38;2;20;200;30mg${esc}[38:2::10:20:250mb${esc}[38;5;250mw`)).toEqual([
    ["r", "ink-1"],
    ["g", "ink-2"],
    ["b", "ink-4"],
    ["w", ""],
  ]);
  expect(looks(`${esc}[38;5;3;4mx`)).toEqual([["x", "ink-3 underline"]]);
});

test("a ground, also by turning around, has no colour of the text", () => {
  expect(looks(`${esc}[31;42mx`)).toEqual([["x", "ground-2"]]);
  expect(looks(`${esc}[31;7mx`)).toEqual([["x", "ground-1"]]);
});

test("every other sequence is a symbol and does nothing", () => {
  const cases: [string, string][] = [
    [`${esc}[2Jx`, "ESC[2Jx"],
    [`${esc}[10;20Hx`, "ESC[10;20Hx"],
    [`${esc}]0;title\u0007x`, "ESC]0;titleBELx"],
    [`${esc}]8;;http://evil${esc}\\link`, "ESC]8;;http://evilESC\\link"],
    [`${esc}Pdevice${esc}\\x`, "ESCPdeviceESC\\x"],
    [`${esc}cx`, "ESCcx"],
    [`${esc}(0x`, "ESC(0x"],
    [`${esc}[?1049hx`, "ESC[?1049hx"],
    [`${esc}[>4;1mx`, "ESC[>4;1mx"],
    [esc, "ESC"],
    [`${esc}[`, "ESC["],
    [`${esc}[12`, "ESC[12"],
    [`${esc}]never ends`, "ESC]never ends"],
    ["\u009b31mx", "⟨009B⟩31mx"],
    ["a\u0000b\u0007c\u0008d\u007fe", "aNULbBELcBSdDELe"],
    ["\u202eabc\u2066", "⟨202E⟩abc⟨2066⟩"],
    ["tab\tstays", "tab\tstays"],
    ["한국어 🚀", "한국어 🚀"],
  ];
  for (const [text, wanted] of cases) expect(plainText(text), JSON.stringify(text)).toBe(wanted);
});

test("nothing of a random mess is interpreted, lost, or slow", () => {
  const parts = [
    esc,
    "[",
    "]",
    "m",
    "31",
    ";",
    "\u0007",
    "\\",
    "<script>",
    "\u009b",
    "x",
    "P",
    "\r",
    "\u202e",
  ];
  let seed = 7;
  const next = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  for (let round = 0; round < 300; round++) {
    let text = "";
    for (let n = 0; n < 60; n++) text += parts[next(parts.length)];
    const out = plainText(text);
    expect(out).not.toMatch(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u);
  }
  const begun = performance.now();
  plainText(`${esc}]`.repeat(50_000));
  plainText(`${esc}[3`.repeat(50_000));
  expect(performance.now() - begun).toBeLessThan(2000);
});
