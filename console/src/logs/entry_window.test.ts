import { expect, test } from "vitest";
import { EntryWindow } from "./entry_window";
import type { LogAnswer } from "./log_door";
import type { LogEntry } from "./log_entry";

const id = (n: number) => String(n).padStart(12, "0");
const entry = (n: number, message = `line ${n}`): LogEntry => ({
  insertId: id(n),
  timestamp: "2018-01-02T03:04:05Z",
  severity: "INFO",
  task: "master-replica-0",
  message,
});
const list = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => entry(from + n));
const answer = (from: number, to: number, more: Partial<LogAnswer> = {}): LogAnswer => ({
  entries: list(from, to),
  count: 1000,
  start: from === 0,
  end: to === 1000,
  previous: id(from),
  next: id(to - 1),
  ended: false,
  ...more,
});
const numbers = (window: EntryWindow) => window.entries.map((one) => Number(one.insertId));

test("grows at both ends and drops at the far one", () => {
  const window = new EntryWindow(10);
  window.replace(answer(100, 106));
  window.append(answer(106, 110));
  expect(numbers(window)).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
  window.append(answer(110, 113));
  expect(numbers(window)).toEqual([103, 104, 105, 106, 107, 108, 109, 110, 111, 112]);
  expect([window.start, window.previous, window.next]).toEqual([false, id(103), id(112)]);
  window.prepend(answer(99, 103));
  expect(numbers(window)).toEqual([99, 100, 101, 102, 103, 104, 105, 106, 107, 108]);
  expect([window.end, window.previous, window.next]).toEqual([false, id(99), id(108)]);
});

test("dropping at an end forgets that there was nothing beyond", () => {
  const window = new EntryWindow(4);
  window.replace(answer(0, 3));
  expect(window.start).toBe(true);
  window.push(list(3, 6), id(5));
  expect([window.start, window.previous]).toEqual([false, id(2)]);
  window.replace(answer(997, 1000));
  expect(window.end).toBe(true);
  window.prepend(answer(990, 997));
  expect([window.end, window.next]).toEqual([false, id(993)]);
});

test("what comes twice is there once", () => {
  const window = new EntryWindow();
  window.replace(answer(0, 5));
  window.push(list(2, 8), id(7));
  expect(numbers(window)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  window.replace(answer(50, 60));
  window.prepend(answer(45, 55));
  expect(numbers(window)[0]).toBe(45);
  expect(new Set(numbers(window)).size).toBe(15);
});

test("bytes are bounded too, and one entry may be larger", () => {
  const window = new EntryWindow(100, 10_000);
  window.replace({ ...answer(0, 0), entries: [] });
  window.push(
    Array.from({ length: 50 }, (_, n) => entry(n, "x".repeat(800))),
    id(49),
  );
  expect(window.size).toBeLessThanOrEqual(10_000);
  expect(window.last?.insertId).toBe(id(49));
  window.push([entry(50, "y".repeat(20_000))], id(50));
  expect(numbers(window)).toEqual([50]);
});

test("answers without entries move the place to go on from", () => {
  const window = new EntryWindow();
  window.replace({ ...answer(500, 500), entries: [], previous: id(400), next: id(600) });
  expect([window.previous, window.next]).toEqual([id(400), id(600)]);
  window.append({ ...answer(0, 0), entries: [], next: id(700), previous: undefined });
  expect(window.next).toBe(id(700));
  window.push([], id(720));
  expect(window.next).toBe(id(720));
  window.prepend({ ...answer(0, 0), entries: [], start: false, previous: id(300) });
  expect(window.previous).toBe(id(300));
});
