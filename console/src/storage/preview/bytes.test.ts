import { expect, test } from "vitest";
import { visibleText } from "./bytes";

test("what a terminal would obey is shown", () => {
  expect(visibleText("a\r\nb\tc\n")).toBe("a\nb\tc\n");
  expect(visibleText("\u001b[31mred\u0000\u007f")).toBe("␛[31mred␀␡");
  expect(visibleText("abc\u202egnp.exe")).toBe("abc\ufffdgnp.exe");
  expect(visibleText("한글 <script>")).toBe("한글 <script>");
});
