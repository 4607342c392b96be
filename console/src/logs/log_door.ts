import { EngineGone, get } from "~/api/http";
import { paths } from "~/api/resources";
import { goneSince } from "~/live/connection";
import type { LogEntry, LogFilter } from "./log_entry";

/** Where a window of a log is asked for. */
export type LogPlace =
  | { tail: true }
  | { after: string }
  | { before: string }
  | { from: string }
  | { time: string }
  | { fraction: number };

export interface LogAnswer {
  entries: LogEntry[];
  /** Records of the log now; insertIds are below it. */
  count: number;
  start: boolean;
  end: boolean;
  previous?: string;
  next?: string;
  /** The log is complete. */
  ended: boolean;
  removed?: RemovedLog;
}

/** Of a log that was removed, by a rule of how long logs are kept. */
export interface RemovedLog {
  time: string;
  /** A sentence of the engine, in English. */
  why: string;
  /** "LOG_DAYS", with days as limit; "LOG_BUDGET", with bytes; "" when an older engine removed it. */
  rule: string;
  limit: string;
  /** The entries of the first failure are left. */
  hasFailure: boolean;
}

export interface LogAddress {
  project: string;
  job: string;
}

/** What goes backwards from its place. */
export const isBackward = (place: LogPlace): boolean => "tail" in place || "before" in place;

function whenBack(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const stop = goneSince.subscribe((since) => {
      if (since !== undefined && !signal.aborted) return;
      queueMicrotask(() => stop());
      done();
    });
    signal.addEventListener("abort", () => {
      stop();
      done();
    });
  });
}

/** One window of the log. While the engine is away it waits for it. */
export async function loadWindow(
  { project, job }: LogAddress,
  place: LogPlace,
  filter: LogFilter,
  limit: number,
  signal: AbortSignal,
): Promise<LogAnswer> {
  const query = {
    ...place,
    limit,
    severity: filter.severity,
    task: filter.tasks,
    contains: filter.contains,
  };
  for (;;) {
    try {
      return await get<LogAnswer>(paths.ownJob(project, job, "/log:window"), query, signal);
    } catch (error) {
      if (!(error instanceof EngineGone)) throw error;
      await whenBack(signal);
      signal.throwIfAborted();
    }
  }
}

/** The whole log as a file. */
export function downloadAddress(
  { project, job }: LogAddress,
  format: "text" | "jsonl",
  tasks: readonly string[],
): string {
  const task = tasks.length === 1 ? `&task=${encodeURIComponent(tasks[0] ?? "")}` : "";
  return `${paths.ownJob(project, job, "/log")}?format=${format}${task}`;
}
