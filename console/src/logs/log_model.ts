import { signal } from "@preact/signals";
import { EntryWindow } from "./entry_window";
import { foldRows, rowIndexOf } from "./fold";
import { LiveFeed } from "./live_feed";
import {
  isBackward,
  type LogAddress,
  type LogAnswer,
  type LogPlace,
  loadWindow,
  type RemovedLog,
} from "./log_door";
import {
  everything,
  has,
  type LogEntry,
  type LogFilter,
  numberOf,
  passes,
  smallLetters,
  wantsAll,
} from "./log_entry";

const atOnce = 500;
const tail = { tail: true } as const;
/** Records that a stream may bring; what is farther away is left out. */
const mostBehind = 2000;
/** A stream that is behind by more is late, in milliseconds. */
export const late = 3000;
const countEveryMs = 2000;

export type Side = "before" | "after";

/** A search for the next line with a text: of which, to which side, from where. */
interface Seeking {
  text: string;
  side: Side;
  from: string | undefined;
  /** How far it came. */
  place: string;
}

/** A search that a person has stopped: after so many records. */
export interface StoppedSearch {
  searched: number;
  /** Of a search for the next match; without it, it was one for lines that pass the filter. */
  seeking?: Seeking;
}

/** Where the view shall go; another number is another wish. */
export interface Aim {
  id: string;
  at: "middle" | "top" | "near";
  turn: number;
}

/** What a person looks at of one log, and the work that brings it: a window, the stream behind it, searches. */
export class LogModel {
  /** Grows when anything below has changed. */
  readonly version = signal(0);
  readonly window = new EntryWindow();
  readonly feed: LiveFeed;
  readonly opened = new Set<string>();
  filter: LogFilter = everything;
  /** The newest line is shown, and those that come. */
  following = false;
  /** The log is complete. */
  ended = false;
  /** The log was removed; what is left of it is shown. */
  removed: RemovedLog | undefined;
  /** Records of the whole log, as far as is known. */
  count = 0;
  /** Nothing was answered yet. */
  opening = true;
  /** A search by filter that has not found enough yet: how many records it went through. */
  searched: number | undefined;
  stopped: StoppedSearch | undefined;
  /** Asked for and not answered yet. */
  loading: Partial<Record<Side, boolean>> = {};
  fault: unknown;
  aim: Aim | undefined;
  /** The first and the last that can be seen. */
  readonly visible = signal<{ first?: LogEntry; last?: LogEntry }>({});

  private work = new AbortController();
  private held: Partial<Record<Side, boolean>> = {};
  private seeking: Seeking | undefined;
  /** What a search that goes on has gone through before. */
  private searchedBefore = 0;
  private counting: ReturnType<typeof setInterval> | undefined;
  private asking = false;
  private turns = 0;
  private disposed = false;
  private hiddenSince = 0;

  constructor(private readonly log: LogAddress) {
    this.feed = new LiveFeed(log, {
      show: this.show,
      changed: () => this.changed(),
      ended: () => {
        this.ended = true;
        this.changed();
      },
      failed: (error) => {
        this.fault = error;
        this.changed();
      },
    });
    this.counting = setInterval(() => void this.askCount(), countEveryMs);
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  dispose(): void {
    this.disposed = true;
    this.stopWork();
    clearInterval(this.counting);
    document.removeEventListener("visibilitychange", this.onVisibility);
  }

  /** Records behind the window that nobody has looked at. */
  get unseen(): number {
    const last = this.window.next ?? this.window.last?.insertId;
    return last === undefined ? this.count : Math.max(0, this.count - numberOf(last) - 1);
  }

  changed(): void {
    if (!this.disposed) this.version.value += 1;
  }

  /** Begins at the end, where new lines come. */
  start(filter: LogFilter): void {
    this.filter = { ...filter, contains: smallLetters(filter.contains) };
    this.following = true;
    void this.open(tail);
  }

  /** Shows one entry among its neighbours, whatever is filtered. */
  lead(insertId: string): void {
    this.filter = everything;
    this.following = false;
    void this.open({ from: insertId }, "middle");
  }

  /** Shows another place of the log. */
  async open(place: LogPlace, at: Aim["at"] = "top"): Promise<void> {
    this.stopWork();
    const { signal: stop } = this.work;
    this.opening = true;
    this.fault = undefined;
    this.changed();
    try {
      const backward = isBackward(place);
      const answer = await this.load(place, stop);
      this.window.replace(answer);
      if ("tail" in place) this.listen(); // also while a filter's first match is looked for
      await this.searchOn(backward ? "before" : "after", this.countSearched(answer, 0), stop);
      const target = this.targetOf(place);
      if (!backward && !this.window.start && this.window.previous !== undefined)
        this.window.prepend(await this.load({ before: this.window.previous }, stop));
      // The place is where there is nothing more: what is before it.
      if (!backward && !target) await this.searchOn("before", 0, stop);
      const seen = target ?? this.window.last;
      if (seen) this.aimAt(seen.insertId, at);
      if (this.ended) this.following = false;
      this.settle(stop);
      this.listen();
    } catch (error) {
      this.fail(error, stop);
    }
  }

  /** The entry that a place means. */
  private targetOf(place: LogPlace): LogEntry | undefined {
    const { window } = this;
    if (isBackward(place)) return window.last;
    // Near the end the engine answers the last entries, so that a window is full.
    const least = "fraction" in place ? Math.floor(place.fraction * this.count) : 0;
    return window.entries.find((entry) => numberOf(entry.insertId) >= least) ?? window.last;
  }

  private settle(stop: AbortSignal): void {
    if (stop.aborted) return;
    this.opening = false;
    this.searched = undefined;
    this.changed();
  }

  aimAt(id: string, at: Aim["at"]): void {
    if (at === "middle") {
      // Who was led to a line shall see it, also where it was folded away.
      const rows = foldRows(this.window.entries, this.opened);
      const row = rows[rowIndexOf(rows, id)];
      if (row && row.entries.length > 1) this.opened.add(row.key);
    }
    this.turns += 1;
    this.aim = { id, at, turn: this.turns };
    this.changed();
  }

  /** The newest, and what comes. */
  follow(): void {
    const { last } = this.window;
    this.stopped = undefined;
    if (this.ended && this.window.end && last) {
      this.aimAt(last.insertId, "near");
      return;
    }
    this.following = true;
    if (this.window.end && !this.opening && this.unseen < mostBehind) {
      this.listen();
      this.changed();
    } else {
      void this.open(tail);
    }
  }

  /** Leaves out what has piled up between here and the end. */
  skip(): void {
    this.following = true;
    void this.open(tail);
  }

  pause(): void {
    if (!this.following && !this.feed.active) return;
    this.following = false;
    this.feed.stop();
    this.changed();
  }

  /** A place by its part of the whole. */
  jump(fraction: number): void {
    const { window } = this;
    if (fraction >= 0.999) {
      this.follow();
      return;
    }
    this.pause();
    if (window.start && window.end && this.unseen === 0 && !this.opening) {
      const entry = window.entries[Math.floor(fraction * window.entries.length)];
      if (entry) this.aimAt(entry.insertId, "top");
    } else {
      void this.open({ fraction });
    }
  }

  readonly toggle = (key: string): void => {
    if (!this.opened.delete(key)) this.opened.add(key);
    this.changed();
  };

  retry(): void {
    const seen = this.visible.value.first;
    void this.open(this.following || !seen ? tail : { from: seen.insertId });
  }

  async setFilter(filter: LogFilter, around: string | undefined): Promise<void> {
    this.filter = { ...filter, contains: smallLetters(filter.contains) };
    if (around === undefined || this.following) await this.open(tail);
    else await this.open({ from: around }, "middle");
  }

  /** Loads more at one side, on and on until something passes the filter. */
  async more(side: Side): Promise<void> {
    const { window } = this;
    if (this.loading[side] || this.held[side] || this.opening || this.fault !== undefined) return;
    if (side === "after" && this.following) return;
    if (side === "before" ? window.start : window.end) return;
    const { signal: stop } = this.work;
    this.loading[side] = true;
    try {
      const before = window.entries.length;
      if (this.searchedBefore > 0) this.tellSearched(this.searchedBefore);
      await this.searchOn(side, this.searchedBefore, stop, before);
      this.loading[side] = false;
      this.searchedBefore = 0;
      this.settle(stop);
    } catch (error) {
      this.fail(error, stop);
    }
  }

  /** Ends a search that takes long; what was found stays. */
  stopSearch(): void {
    const stopped: StoppedSearch = { searched: this.searched ?? 0, seeking: this.seeking };
    this.stopWork();
    this.stopped = stopped;
    if (!stopped.seeking) this.held = { before: true, after: true };
    this.opening = false;
    if (this.window.end) this.listen();
    this.changed();
  }

  /** A person wants what lies beyond again. */
  release(): void {
    if (this.stopped?.seeking) return;
    this.held = {};
    this.stopped = undefined;
  }

  /** Goes on with a stopped search for lines that pass the filter: the view asks for what lies beyond its edges. */
  goOn(): void {
    this.searchedBefore = this.stopped?.searched ?? 0;
    this.release();
    this.changed();
  }

  /** Goes on at one side until there are entries, or nothing is left. */
  private async searchOn(side: Side, from: number, stop: AbortSignal, beside = 0): Promise<void> {
    const { window } = this;
    let searched = from;
    let found = window.entries.length > beside;
    while (!found && !(side === "before" ? window.start : window.end)) {
      const place = side === "before" ? window.previous : window.next;
      if (place === undefined) return;
      const answer = await this.load(side === "before" ? { before: place } : { after: place }, stop);
      if (side === "before") window.prepend(answer);
      else window.append(answer);
      found = answer.entries.length > 0;
      searched = this.countSearched(answer, searched);
      if (!wantsAll(this.filter)) this.searched = searched;
      this.changed();
    }
  }

  /**
   * The next entry with a text from one on (without one: from what is seen), wherever in the log it is; goes on where the
   * same search was stopped. Its insertId; undefined: there is none; "": it was stopped.
   */
  async find(text: string, side: Side, from: string | undefined): Promise<string | undefined> {
    const wanted = smallLetters(text);
    const { stopped, window } = this;
    const again = stopped?.seeking;
    const goesOn = again?.text === wanted && again.side === side && again.from === from;
    if (!goesOn) {
      const own = this.findHere(wanted, side, from);
      if (own) return own;
      if (side === "before" ? window.start : window.end && this.unseen === 0) return undefined;
    }
    this.pause();
    this.stopWork();
    const { signal: stop } = this.work;
    let place = goesOn ? again.place : side === "before" ? window.previous : window.next;
    let searched = goesOn ? (stopped?.searched ?? 0) : 0;
    if (goesOn) this.tellSearched(searched);
    try {
      while (place !== undefined) {
        this.seeking = { text: wanted, side, from, place };
        const at: LogPlace = side === "before" ? { before: place } : { after: place };
        const answer = await loadWindow(this.log, at, { ...this.filter, contains: wanted }, 1, stop);
        this.count = answer.count;
        const found = answer.entries[0];
        if (found) {
          this.searched = undefined;
          this.seeking = undefined;
          await this.open({ from: found.insertId }, "middle");
          return found.insertId;
        }
        searched = this.countSearched(answer, searched);
        this.tellSearched(searched);
        if (side === "before" ? answer.start : answer.end) break;
        place = side === "before" ? answer.previous : answer.next;
      }
      this.seeking = undefined;
      this.settle(stop);
    } catch (error) {
      this.fail(error, stop);
    }
    return stop.aborted ? "" : undefined;
  }

  /** A search is under way, and may be stopped. */
  private tellSearched(records: number): void {
    this.searched = records;
    this.changed();
  }

  private findHere(wanted: string, side: Side, from: string | undefined): string | undefined {
    const { entries } = this.window;
    const { first, last } = this.visible.peek();
    const order = side === "after" ? entries : [...entries].reverse();
    const edge = side === "after" ? first?.insertId : last?.insertId;
    // What was seen last may be gone from the window, under another filter.
    const begin = entries.some((entry) => entry.insertId === edge) ? edge : undefined;
    const isBeyond = (id: string) => {
      if (from !== undefined) return side === "after" ? id > from : id < from;
      return begin === undefined || (side === "after" ? id >= begin : id <= begin);
    };
    return order.find((entry) => isBeyond(entry.insertId) && has(entry, wanted))?.insertId;
  }

  private async load(place: LogPlace, stop: AbortSignal): Promise<LogAnswer> {
    const answer = await loadWindow(this.log, place, this.filter, atOnce, stop);
    this.note(answer);
    return answer;
  }

  private note(answer: LogAnswer): void {
    this.count = Math.max(answer.count, answer.ended ? 0 : this.count);
    this.ended = answer.ended;
    this.removed = answer.removed;
  }

  private countSearched(answer: LogAnswer, before: number): number {
    if (wantsAll(this.filter) && answer.entries.length > 0) return before;
    const from = answer.previous;
    const to = answer.next;
    if (from === undefined || to === undefined) return before;
    return before + Math.abs(numberOf(to) - numberOf(from));
  }

  private fail(error: unknown, stop: AbortSignal): void {
    if (stop.aborted) return;
    this.fault = error;
    this.loading = {};
    this.settle(stop);
  }

  private stopWork(): void {
    this.work.abort();
    this.work = new AbortController();
    this.feed.stop();
    this.loading = {};
    this.held = {};
    this.searched = undefined;
    this.stopped = undefined;
    this.seeking = undefined;
    this.searchedBefore = 0;
  }

  private listen(): void {
    if (this.feed.active || this.ended || this.disposed || !this.following) return;
    const { tasks } = this.filter;
    const behind = this.window.next ?? this.window.last?.insertId;
    this.feed.start(behind, tasks.length === 1 ? tasks[0] : undefined);
  }

  private readonly show = (came: LogEntry[]): void => {
    const seen = came[came.length - 1]?.insertId;
    const wanted = wantsAll(this.filter) ? came : came.filter((entry) => passes(entry, this.filter));
    this.window.push(wanted, seen);
    this.count = Math.max(this.count, numberOf(seen ?? "") + 1);
    this.changed();
  };

  /** While nothing is followed: has the log grown, is it complete? */
  private async askCount(): Promise<void> {
    if (this.opening || this.asking || document.hidden || this.ended) return;
    const { active, lag } = this.feed;
    if (active && lag < late) return;
    this.asking = true;
    try {
      const answer = await loadWindow(this.log, tail, everything, 1, this.work.signal);
      const grown = answer.count > this.count;
      // A stream that is behind says itself when it is at the end.
      if (active) this.count = answer.count;
      else this.note(answer);
      if (this.unseen > 0 && !active) this.window.end = false;
      if (grown || this.ended) this.changed();
    } catch {
      // the next time
    } finally {
      this.asking = false;
    }
  }

  private readonly onVisibility = (): void => {
    if (document.hidden) {
      this.hiddenSince = performance.now();
      return;
    }
    // What came meanwhile might be very much.
    if (this.following && !this.ended && performance.now() - this.hiddenSince > 10_000) void this.open(tail);
  };
}
