import { DelayMeter } from "./delay";
import { Follower } from "./follower";
import type { LogAddress } from "./log_door";
import type { LogEntry } from "./log_entry";

/** How often what came is shown; more often nobody can read it. */
const showEveryMs = 50;
/** Entries that may wait to be shown before no more are read. */
const mostWaiting = 2000;

export interface FeedEvents {
  /** Entries to show now, a frame's worth. */
  show: (entries: LogEntry[]) => void;
  changed: () => void;
  ended: () => void;
  failed: (error: unknown) => void;
}

/** What a log's stream brings, handed on frame by frame: not more often than it can be read, and never more than fits. */
export class LiveFeed {
  readonly delays = new DelayMeter();
  connected = false;
  /** How long ago the newest entry was written when it came, in milliseconds. */
  lag = 0;
  private follower: Follower | undefined;
  private waiting: LogEntry[] = [];
  private shown: (() => void)[] = [];
  private showing = false;
  private shownAt = 0;

  constructor(
    private readonly log: LogAddress,
    private readonly events: FeedEvents,
  ) {}

  get active(): boolean {
    return this.follower !== undefined;
  }

  /** Follows behind an entry. Without one from the beginning. */
  start(after: string | undefined, task: string | undefined): void {
    this.stop();
    const begun = Date.now();
    this.delays.clear();
    this.lag = 0;
    this.follower = new Follower(this.log, after, task, {
      deliver: (entries) => this.take(entries, begun),
      connected: (is) => {
        this.connected = is;
        this.events.changed();
      },
      ended: () => {
        this.show();
        this.stop();
        this.events.ended();
      },
      failed: (error) => {
        this.stop();
        this.events.failed(error);
      },
    });
  }

  stop(): void {
    this.follower?.stop();
    this.follower = undefined;
    this.connected = false;
    this.waiting = [];
    this.goOn();
  }

  private take(entries: LogEntry[], begun: number): Promise<void> {
    const now = Date.now();
    let written = now;
    for (const entry of entries) {
      written = Date.parse(entry.timestamp);
      // What was there before was not waited for.
      if (written >= begun) this.delays.add(now - written);
      this.waiting.push(entry);
    }
    this.lag = now - written;
    this.showSoon();
    if (this.waiting.length < mostWaiting) return Promise.resolve();
    return new Promise((go) => this.shown.push(go));
  }

  private showSoon(): void {
    if (this.showing) return;
    this.showing = true;
    const wait = Math.max(0, this.shownAt + showEveryMs - performance.now());
    setTimeout(() => {
      requestAnimationFrame(() => {
        this.showing = false;
        this.show();
      });
    }, wait);
  }

  private show(): void {
    this.shownAt = performance.now();
    const came = this.waiting;
    this.waiting = [];
    if (came.length > 0) this.events.show(came);
    this.goOn();
  }

  private goOn(): void {
    for (const go of this.shown.splice(0)) go();
  }
}
