import { isLong, isTraceback, linesOf } from "./line_text";
import type { LogEntry } from "./log_entry";

/** What is drawn as one: an entry, or several that were folded. */
export interface Row {
  /** Of its first entry, so that it stays while others join behind. */
  key: string;
  /** "bar": states of one progress bar, the last is shown. "trace": lines of a traceback, the first and last are shown. */
  kind: "entry" | "bar" | "trace";
  entries: readonly LogEntry[];
  /** Its first entry begins what was folded, and is open now. */
  opened: boolean;
  /** It can be opened and closed. */
  foldable: boolean;
}

interface Shape {
  bar?: { name: string; done: number };
  trace: boolean;
  long: boolean;
}

// A bar is made of these, within brackets or in characters that nothing else is made of.
const drawn = /[[|(][=#>\-.~ █▉▊▋▌▍▎▏■□▇⣿]{4,}[\])|]|[━╸╺█▉▊■□⣿]{4,}/;
const measured = /(\d+(?:\.\d+)?)[kMG]?\/(\d+(?:\.\d+)?|\?)|(\d+(?:\.\d+)?)\s*%/;

/** The name of the progress bar that a line draws, and how far it is; nothing for another line. */
export function barOf(line: string): { name: string; done: number } | undefined {
  if (line.length > 600 || !drawn.test(line)) return undefined;
  // A date is no measure.
  const found = measured.exec(line.replace(/\d{4}[/-]\d\d[/-]\d\d/, ""));
  if (!found) return undefined;
  const [, count, total, percent] = found;
  const name = /^[^\d[|━█]*/.exec(line)?.[0].trim() ?? "";
  return { name: `${name} ${total ?? "%"}`, done: Number(count ?? percent) };
}

const shapes = new WeakMap<LogEntry, Shape>();

function shapeOf(entry: LogEntry): Shape {
  let shape = shapes.get(entry);
  if (!shape) {
    const lines = linesOf(entry);
    const [first = ""] = lines;
    shape = {
      bar: lines.length === 1 ? barOf(first) : undefined,
      trace: lines.length === 1 && isTraceback(first),
      long: isLong(lines) || entry.json !== undefined,
    };
    shapes.set(entry, shape);
  }
  return shape;
}

/** How many entries from `at` on are states of one bar. */
function barLength(entries: readonly LogEntry[], at: number): number {
  const first = entries[at];
  let bar = first && shapeOf(first).bar;
  if (!first || !bar) return 1;
  let length = 1;
  for (;;) {
    const next = entries[at + length];
    const state = next && shapeOf(next).bar;
    if (!next || !state || next.task !== first.task || state.name !== bar.name || state.done < bar.done)
      return length;
    bar = state;
    length += 1;
  }
}

/** How many entries from `at` on are one traceback that came line by line. */
function traceLength(entries: readonly LogEntry[], at: number): number {
  const first = entries[at];
  if (!first || !shapeOf(first).trace) return 1;
  // What some programs write before each line: "[rank0]: ".
  const lead = first.message.slice(0, first.message.indexOf("Traceback"));
  let length = 1;
  for (;;) {
    const next = entries[at + length];
    if (!next || next.task !== first.task || linesOf(next).length > 1) return length;
    if (!next.message.startsWith(lead)) return length;
    if (!/^\s/.test(next.message.slice(lead.length))) return length > 1 ? length + 1 : length; // the error itself
    length += 1;
  }
}

/** The rows of entries; `opened` has the keys of those that a person opened. */
export function foldRows(entries: readonly LogEntry[], opened: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < entries.length; ) {
    const entry = entries[at];
    if (!entry) break;
    const bar = barLength(entries, at);
    const trace = bar > 1 ? 1 : traceLength(entries, at);
    const length = Math.max(bar, trace);
    const key = entry.insertId;
    const isOpen = opened.has(key);
    if (length > 1 && !isOpen && (bar > 1 || length > 3)) {
      rows.push({
        key,
        kind: bar > 1 ? "bar" : "trace",
        entries: entries.slice(at, at + length),
        opened: false,
        foldable: true,
      });
      at += length;
      continue;
    }
    const folded = length > 1 && (bar > 1 || length > 3);
    for (let n = 0; n < length; n++) {
      const one = entries[at + n];
      if (!one) break;
      const foldable = shapeOf(one).long || (n === 0 && folded);
      rows.push({
        key: one.insertId,
        kind: "entry",
        entries: [one],
        opened: opened.has(one.insertId),
        foldable,
      });
    }
    at += length;
  }
  return rows;
}

/** The row that has an entry; else the one before which it would stand. */
export function rowIndexOf(rows: readonly Row[], insertId: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const last = rows[middle]?.entries.at(-1)?.insertId ?? "";
    if (last < insertId) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, rows.length - 1);
}
