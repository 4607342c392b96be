import type { LogAnswer } from "./log_door";
import type { LogEntry } from "./log_entry";

export const mostEntries = 5000;
export const mostBytes = 8 << 20;

/** A stretch of a log in memory, without gaps under its filter. It is bounded: what comes at one end drops the other. */
export class EntryWindow {
  entries: LogEntry[] = [];
  /** Nothing is before or behind these. */
  start = false;
  end = false;
  /** What to give as `before` and as `after` to go on. */
  previous: string | undefined;
  next: string | undefined;
  private sizes: number[] = [];
  private bytes = 0;

  constructor(
    private readonly entryLimit = mostEntries,
    private readonly byteLimit = mostBytes,
  ) {}

  get size(): number {
    return this.bytes;
  }

  get first(): LogEntry | undefined {
    return this.entries[0];
  }

  get last(): LogEntry | undefined {
    return this.entries[this.entries.length - 1];
  }

  replace(answer: LogAnswer): void {
    this.entries = [];
    this.sizes = [];
    this.bytes = 0;
    this.start = answer.start;
    this.previous = answer.previous;
    this.addBehind(answer.entries);
    this.end = answer.end;
    this.next = answer.next ?? this.last?.insertId;
  }

  append(answer: LogAnswer): void {
    this.addBehind(answer.entries);
    this.end = answer.end;
    this.next = answer.next ?? this.last?.insertId ?? this.next;
  }

  prepend(answer: LogAnswer): void {
    const known = this.first?.insertId;
    const fresh = known ? answer.entries.filter((entry) => entry.insertId < known) : answer.entries;
    const sizes = fresh.map(sizeOf);
    this.entries = fresh.concat(this.entries);
    this.sizes = sizes.concat(this.sizes);
    this.bytes += sizes.reduce((sum, size) => sum + size, 0);
    this.start = answer.start;
    this.previous = answer.previous ?? this.first?.insertId ?? this.previous;
    let drop = 0;
    while (this.isOver(drop)) {
      drop += 1;
      this.bytes -= this.sizes[this.sizes.length - drop] ?? 0;
    }
    if (drop === 0) return;
    this.entries.length -= drop;
    this.sizes.length -= drop;
    this.end = false;
    this.next = this.last?.insertId;
  }

  /** Entries that came live. `seen`: the last that was looked at, whether it passed the filter or not. */
  push(entries: readonly LogEntry[], seen: string | undefined): void {
    this.addBehind(entries);
    if (seen && seen > (this.next ?? "")) this.next = seen;
  }

  private addBehind(entries: readonly LogEntry[]): void {
    let known = this.last?.insertId ?? "";
    for (const entry of entries) {
      if (entry.insertId <= known) continue; // a stream that begins anew says some twice
      known = entry.insertId;
      const size = sizeOf(entry);
      this.entries.push(entry);
      this.sizes.push(size);
      this.bytes += size;
    }
    let drop = 0;
    while (this.isOver(drop)) {
      this.bytes -= this.sizes[drop] ?? 0;
      drop += 1;
    }
    if (drop === 0) return;
    this.entries.splice(0, drop);
    this.sizes.splice(0, drop);
    this.start = false;
    this.previous = this.first?.insertId;
  }

  private isOver(dropped: number): boolean {
    const left = this.entries.length - dropped;
    return left > 1 && (left > this.entryLimit || this.bytes > this.byteLimit);
  }
}

// About what it takes in memory, beside its text.
const overhead = 200;

function sizeOf(entry: LogEntry): number {
  const json = entry.json === undefined ? 0 : JSON.stringify(entry.json).length;
  return overhead + entry.message.length + json;
}
