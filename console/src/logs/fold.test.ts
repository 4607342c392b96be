import { expect, test } from "vitest";
import { barOf, foldRows, rowIndexOf } from "./fold";
import { lastState } from "./line_text";
import type { LogEntry } from "./log_entry";

let made = 0;
const entry = (message: string, task = "master-replica-0"): LogEntry => ({
  insertId: String(made++).padStart(12, "0"),
  timestamp: "2018-01-02T03:04:05Z",
  severity: "INFO",
  task,
  message,
});
const shape = (entries: LogEntry[], opened: string[] = []) =>
  foldRows(entries, new Set(opened)).map((row) => `${row.kind} ${row.entries.length}`);

test("bars of the usual libraries are known, other lines are not", () => {
  const bars = [
    " 45%|████▌     | 45/100 [00:01<00:02, 30.1it/s]",
    "train: 100%|██████████| 1.2k/1.2k [00:10<00:00]",
    "45/100 [============>.................] - ETA: 1s - loss: 0.3",
    "10/100 ━━━━━━━━━━━━━━━━━━━━ 1s 12ms/step - accuracy: 0.5",
    "  12% [===>                         ] 12/99",
  ];
  for (const line of bars) expect(barOf(line), line).toBeDefined();
  const others = [
    "Epoch 3/10",
    "2018/01/02 -------- start --------",
    "step 10/100 loss 0.3",
    "|-----| a table |-----|",
    "100% sure",
    "----------------------------------------",
  ];
  for (const line of others) expect(barOf(line), line).toBeUndefined();
});

test("states of one bar are one row, which another bar, task or line ends", () => {
  const states = (total: number, task?: string) =>
    [1, 2, 3].map((n) => entry(`${n}/${total} [=====>....] - loss: 0.${n}`, task));
  expect(shape([entry("Epoch 1"), ...states(3), entry("Epoch 2"), ...states(3)])).toEqual([
    "entry 1",
    "bar 3",
    "entry 1",
    "bar 3",
  ]);
  expect(shape([...states(3), ...states(3)])).toEqual(["bar 3", "bar 3"]);
  expect(shape([...states(3), ...states(5), ...states(5, "worker-replica-0")])).toEqual([
    "bar 3",
    "bar 3",
    "bar 3",
  ]);
  const open = states(3);
  expect(shape(open, [open[0]?.insertId ?? ""])).toEqual(["entry 1", "entry 1", "entry 1"]);
});

test("a traceback that came line by line is one row", () => {
  const lines = [
    "before",
    "Traceback (most recent call last):",
    '  File "task.py", line 3, in <module>',
    "    main()",
    "ValueError: no",
    "after",
  ].map((line) => entry(line));
  expect(shape(lines)).toEqual(["entry 1", "trace 4", "entry 1"]);
  expect(shape(lines, [lines[1]?.insertId ?? ""])).toEqual(Array(6).fill("entry 1"));
  expect(shape([entry("Traceback (most recent call last):"), entry("other")])).toEqual([
    "entry 1",
    "entry 1",
  ]);
});

test("an entry of many lines can be opened", () => {
  const block = entry('Traceback (most recent call last):\n  File "a", line 1\n    x\nValueError: no');
  const short = entry("two\nlines");
  const rows = foldRows([block, short], new Set());
  expect(rows.map((row) => [row.foldable, row.opened])).toEqual([
    [true, false],
    [false, false],
  ]);
  expect(foldRows([block], new Set([block.insertId]))[0]?.opened).toBe(true);
});

test("a row is found by any of its entries", () => {
  const entries = [entry("a"), ...[1, 2, 3].map((n) => entry(`${n}/9 [=====>....]`)), entry("b")];
  const rows = foldRows(entries, new Set());
  expect(entries.map((one) => rowIndexOf(rows, one.insertId))).toEqual([0, 1, 1, 1, 2]);
  expect(rowIndexOf(rows, "999999999999")).toBe(2);
  expect(rowIndexOf([], "0")).toBe(-1);
});

test("of a line that redraws itself the last state is shown", () => {
  expect(["a\rb\rc", "a\rb\r", "\r", "plain"].map(lastState)).toEqual(["c", "b", "", "plain"]);
});
