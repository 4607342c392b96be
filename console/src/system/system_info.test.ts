import { expect, test } from "vitest";
import { type Limit, limitText, partsOf, type SystemInfo, strangers } from "./system_info";

const words = { yes: "on", no: "off" };
const text = (value: Limit["value"], unit: string) => limitText({ name: "x", value, unit }, words);

test("limits have their units", () => {
  expect([
    text(1024 ** 3, "bytes"),
    text(4096, "bytes/s"),
    text(3600, "seconds"),
    text(20, "percent"),
    text(7, "days"),
    text(12000, ""),
    text(true, ""),
    text("auto", ""),
  ]).toEqual(["1.0 GiB", "4.0 KiB/s", "1 h 00 m", "20 %", "7 days", "12,000", "on", "auto"]);
});

test("the largest part comes first", () => {
  expect(partsOf({ state: 10, logs: 30, cache: 20 })).toEqual({
    parts: [
      { name: "logs", bytes: 30 },
      { name: "cache", bytes: 20 },
      { name: "state", bytes: 10 },
    ],
    total: 60,
  });
  expect(partsOf(undefined)).toEqual({ parts: [], total: 0 });
});

test("a program of another version is a stranger", () => {
  const programs = [{ name: "a", version: "1" }, { name: "b", version: "2" }, { name: "c" }];
  expect(strangers({ version: "1", programs } as SystemInfo)).toEqual(["b"]);
});
