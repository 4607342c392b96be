import { expect, test } from "vitest";
import { typeOfFile } from "./queue";
import { bytesThere } from "./transfer";

test("the Range of an unfinished upload", () => {
  expect(bytesThere(null)).toBe(0);
  expect(bytesThere("bytes=0-8388607")).toBe(8_388_608);
  expect(bytesThere("nonsense")).toBe(0);
});

test("a file's type: the browser's word, else by its ending", () => {
  expect(typeOfFile("a.csv", "application/vnd.ms-excel")).toBe("application/vnd.ms-excel");
  expect(typeOfFile("a.WAV", "")).toBe("audio/wav");
  expect(typeOfFile("model.ckpt-1", "")).toBe("application/octet-stream");
});
