import type { Row } from "./fold";
import { isLong, lineLimit, linesOf } from "./line_text";
import type { LogEntry } from "./log_entry";

export const lineHeight = 20;
const mostJson = 20_000;

/** What a row shows: its lines, after which one how many are left out, and its fields. */
export interface RowText {
  lines: readonly string[];
  /** Lines left out between the first and the last. */
  hidden: number;
  /** Earlier states of a progress bar that are left out. */
  earlier: number;
  fields: string[];
}

const fieldsOf = new WeakMap<LogEntry, string[]>();

function jsonLines(entry: LogEntry): string[] {
  let lines = fieldsOf.get(entry);
  if (!lines) {
    const text = JSON.stringify(entry.json, null, 2) ?? "";
    lines = (text.length > mostJson ? `${text.slice(0, mostJson)}…` : text).split("\n");
    fieldsOf.set(entry, lines);
  }
  return lines;
}

export function textOf(row: Row): RowText {
  const [first] = row.entries;
  const last = row.entries[row.entries.length - 1];
  if (!first || !last) return { lines: [], hidden: 0, earlier: 0, fields: [] };
  if (row.kind === "bar")
    return { lines: linesOf(last), hidden: 0, earlier: row.entries.length - 1, fields: [] };
  if (row.kind === "trace")
    return { lines: [first.message, last.message], hidden: row.entries.length - 2, earlier: 0, fields: [] };
  const lines = linesOf(first);
  const fields = row.opened && first.json !== undefined ? jsonLines(first) : [];
  if (row.opened || !isLong(lines)) return { lines, hidden: 0, earlier: 0, fields };
  return {
    lines: [lines[0] ?? "", lines[lines.length - 1] ?? ""],
    hidden: lines.length - 2,
    earlier: 0,
    fields,
  };
}

/** About how high a row is; exactly when lines are not wrapped. */
export function heightOf(row: Row, columns: number, whole: boolean): number {
  const { lines, hidden, fields } = textOf(row);
  let count = hidden > 0 ? 1 : 0;
  for (const line of lines) count += linesNeeded(line, columns, whole);
  for (const line of fields) count += linesNeeded(line, columns, true);
  return count * lineHeight;
}

function linesNeeded(line: string, columns: number, whole: boolean): number {
  if (columns === Number.POSITIVE_INFINITY) return 1;
  const length = whole ? line.length : Math.min(line.length, lineLimit + 24);
  return Math.max(1, Math.ceil(length / Math.max(columns, 10)));
}
