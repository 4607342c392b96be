import type { LogEntry } from "./log_entry";

/** Characters of a line that are shown without being asked for. */
export const lineLimit = 2000;
/** Lines of an entry that are shown as they are; of longer ones the first and the last. */
const tracebackLines = 3;
const otherLines = 8;

/** Of a line that redraws itself the last state. */
export function lastState(line: string): string {
  if (!line.includes("\r")) return line;
  const states = line.split("\r").filter((state) => state !== "");
  return states[states.length - 1] ?? "";
}

const split = new WeakMap<LogEntry, string[]>();

/** The lines of an entry's message. */
export function linesOf(entry: LogEntry): string[] {
  let lines = split.get(entry);
  if (!lines) {
    lines = entry.message.split("\n").map(lastState);
    split.set(entry, lines);
  }
  return lines;
}

export const isTraceback = (line: string): boolean => line.includes("Traceback (most recent call last):");

/** Are lines of an entry left out unless it is opened? */
export function isLong(lines: readonly string[]): boolean {
  return lines.length > (isTraceback(lines[0] ?? "") ? tracebackLines : otherLines);
}
