import { expect, test } from "vitest";
import { foldRows } from "./fold";
import { type LogEntry, passes, shortTask } from "./log_entry";
import { heightOf, lineHeight, textOf } from "./row_text";

const entry = (message: string, more: Partial<LogEntry> = {}): LogEntry => ({
  insertId: "000000000001",
  timestamp: "2018-01-02T03:04:05Z",
  severity: "INFO",
  task: "master-replica-0",
  message,
  ...more,
});
const rowOf = (one: LogEntry, opened = false) => {
  const [row] = foldRows([one], new Set(opened ? [one.insertId] : []));
  if (!row) throw new Error("no row");
  return row;
};
const block = 'Traceback (most recent call last):\n  File "a", line 1\n    x\nValueError: no';

test("a traceback shows its first and last line until it is opened", () => {
  expect(textOf(rowOf(entry(block)))).toMatchObject({
    lines: ["Traceback (most recent call last):", "ValueError: no"],
    hidden: 2,
  });
  expect(textOf(rowOf(entry(block), true)).lines).toHaveLength(4);
});

test("fields are there when they are asked for", () => {
  const json = entry("m", { json: { loss: 0.5 } });
  expect(textOf(rowOf(json)).fields).toEqual([]);
  expect(textOf(rowOf(json, true)).fields).toEqual(["{", '  "loss": 0.5', "}"]);
});

test("heights without wrapping are exact, with it they follow the text", () => {
  const unwrapped = Number.POSITIVE_INFINITY;
  expect(heightOf(rowOf(entry(block)), unwrapped, false)).toBe(3 * lineHeight);
  expect(heightOf(rowOf(entry("x".repeat(500))), unwrapped, false)).toBe(lineHeight);
  expect(heightOf(rowOf(entry("x".repeat(500))), 100, false)).toBe(5 * lineHeight);
  expect(heightOf(rowOf(entry("")), 100, false)).toBe(lineHeight);
  // Cut lines are low, whole ones are not.
  expect(heightOf(rowOf(entry("x".repeat(100_000))), 100, false)).toBe(21 * lineHeight);
  expect(heightOf(rowOf(entry("x".repeat(100_000))), 100, true)).toBe(1000 * lineHeight);
});

test("what comes live is filtered as the engine filters", () => {
  const all = { severity: "", tasks: [], contains: "" };
  const one = entry("Loss = NaN", { severity: "WARNING", json: { code: "E42" } });
  expect(passes(one, all)).toBe(true);
  expect(passes(one, { ...all, severity: "WARNING" })).toBe(true);
  expect(passes(one, { ...all, severity: "ERROR" })).toBe(false);
  expect(passes(one, { ...all, tasks: ["worker-replica-0"] })).toBe(false);
  expect(passes(one, { ...all, tasks: ["worker-replica-0", "master-replica-0"] })).toBe(true);
  expect(passes(one, { ...all, contains: "loss = nan" })).toBe(true);
  expect(passes(one, { ...all, contains: "e42" })).toBe(true);
  expect(passes(one, { ...all, contains: "accuracy" })).toBe(false);
});

test("replicas have short names", () => {
  expect(["master-replica-0", "worker-replica-12", "ps-replica-0", "service"].map(shortTask)).toEqual([
    "master",
    "worker 12",
    "ps 0",
    "service",
  ]);
});
