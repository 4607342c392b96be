import { expect, test } from "vitest";
import { formatBytes, formatSeconds, formatTime, formatWholeSeconds, secondsBetween } from "./format";

test("seconds have two units at most", () => {
  expect([0.0004, 0.85, 3.21, 59.9, 128, 3 * 3600 + 301, 2 * 86400 + 4 * 3600].map(formatSeconds)).toEqual([
    "0 ms",
    "850 ms",
    "3.2 s",
    "59 s",
    "2 m 08 s",
    "3 h 05 m",
    "2 d 04 h",
  ]);
  expect(formatSeconds(Number.NaN)).toBe("–");
});

test("times that are known to the second", () => {
  expect([0, 0.4, 2.9, 128].map(formatWholeSeconds)).toEqual(["<1 s", "<1 s", "2 s", "2 m 08 s"]);
});

test("bytes", () => {
  expect([0, 1023, 1536, 10 * 1024 ** 3, 250 * 1024 ** 2].map(formatBytes)).toEqual([
    "0 B",
    "1023 B",
    "1.5 KiB",
    "10.0 GiB",
    "250 MiB",
  ]);
});

test("times are local and sort", () => {
  expect(formatTime(new Date(2018, 0, 2, 3, 4, 5, 67))).toBe("2018-01-02 03:04:05");
  expect(formatTime(new Date(2018, 0, 2, 3, 4, 5, 67), true)).toBe("2018-01-02 03:04:05.067");
  expect(formatTime("nonsense")).toBe("–");
  expect(secondsBetween("2018-01-02T03:04:05Z", "2018-01-02T03:04:07.5Z")).toBe(2.5);
  expect(secondsBetween(undefined, "2018-01-02T03:04:07Z")).toBeUndefined();
});
