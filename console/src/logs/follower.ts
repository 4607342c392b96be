import { ApiError, EngineGone, send } from "~/api/http";
import { paths } from "~/api/resources";
import { goneSince, noteSilence } from "~/live/connection";
import { EventStream } from "./event_stream";
import type { LogAddress } from "./log_door";
import type { LogEntry } from "./log_entry";

export interface FollowerEvents {
  /** Entries in order. The next are read when the promise is kept, so nothing piles up. */
  deliver: (entries: LogEntry[]) => Promise<void>;
  /** The stream is there (true), or will be tried again (false). */
  connected: (is: boolean) => void;
  /** The log is complete. */
  ended: () => void;
  failed: (error: unknown) => void;
}

// The engine says something every 15 seconds at least.
const longestSilenceMs = 40_000;

const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Follows a log behind an entry until it is complete, through restarts of the engine, without loss or doubling. */
export class Follower {
  private readonly stopped = new AbortController();

  constructor(
    private readonly log: LogAddress,
    private last: string | undefined,
    private readonly task: string | undefined,
    private readonly events: FollowerEvents,
  ) {
    void this.run();
  }

  stop(): void {
    this.stopped.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        if (await this.once()) return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.httpStatus < 500) return this.events.failed(error);
        if (!(error instanceof EngineGone)) noteSilence(); // cut in the middle: is it still there?
      }
      if (signal.aborted) return;
      this.events.connected(false);
      do await sleep(250);
      while (goneSince.value !== undefined && !signal.aborted);
    }
  }

  /** Reads one answer; true when the log is complete. */
  private async once(): Promise<boolean> {
    const { signal } = this.stopped;
    const cut = new AbortController();
    const passOn = () => cut.abort();
    signal.addEventListener("abort", passOn);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let unwatch: (() => void) | undefined;
    try {
      const response = await send(paths.ownJob(this.log.project, this.log.job, "/log"), {
        query: { follow: "sse", after: this.last, task: this.task },
        signal: cut.signal,
      });
      this.events.connected(true);
      // Something on the way may keep a connection whose engine is gone.
      unwatch = goneSince.subscribe((since) => {
        if (since !== undefined) cut.abort();
      });
      const stream = new EventStream();
      const letters = new TextDecoder();
      const reader = response.body?.getReader();
      while (reader) {
        timer = setTimeout(passOn, longestSilenceMs);
        const { done, value } = await reader.read();
        clearTimeout(timer);
        if (done) return false;
        const entries: LogEntry[] = [];
        let ended = false;
        for (const event of stream.feed(letters.decode(value, { stream: true }))) {
          if (event.event === "end") ended = true;
          else entries.push(JSON.parse(event.data) as LogEntry);
        }
        if (entries.length > 0) {
          await this.events.deliver(entries);
          if (signal.aborted) return true;
          this.last = entries[entries.length - 1]?.insertId ?? this.last;
        }
        if (ended) {
          this.events.ended();
          return true;
        }
      }
      return false;
    } finally {
      clearTimeout(timer);
      unwatch?.();
      signal.removeEventListener("abort", passOn);
      cut.abort();
    }
  }
}
