import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { EngineGone } from "~/api/http";
import { returns } from "~/live/connection";
import { type Entry, listPart } from "./listing";
import { stored } from "./upload/queue";

/** More are not loaded only to be sorted. */
export const mostSorted = 200_000;
const everyMs = 5000;
const part = 1000;

interface State {
  /** What `entries` are of. */
  of: string;
  entries: Entry[];
  next: string;
  error?: unknown;
}

export interface Folder {
  entries: Entry[];
  /** The first answer is there. */
  loaded: boolean;
  /** The engine has more. */
  more: boolean;
  error: unknown;
  loadMore: () => void;
  loadAll: () => void;
  refresh: () => void;
}

/**
 * The rows of a folder whose names begin with `begin`: a part at first, more when asked. A folder that fits into one part is
 * looked at again every few seconds; after an upload, and when the engine comes back, as many as were there are asked for again.
 */
export function useFolder(bucket: string, folder: string, begin: string): Folder {
  const of = JSON.stringify([bucket, folder, begin]);
  const [state, setState] = useState<State>({ of: "", entries: [], next: "" });
  const latest = useRef(state);
  latest.current = state;
  const running = useRef<AbortController>();
  // How many rows the running load is to bring; it may be raised meanwhile.
  const wanted = useRef(0);

  // Asks from the beginning, or on from what is there, until there are so many.
  const load = useCallback(
    async (least: number, onward: boolean) => {
      running.current?.abort();
      const stop = new AbortController();
      running.current = stop;
      wanted.current = least;
      const before = latest.current.of === of ? latest.current : { entries: [], next: "" };
      const entries = onward ? before.entries.slice() : [];
      let next = onward ? before.next : "";
      let shown = performance.now();
      try {
        do {
          const answer = await listPart(bucket, folder, begin, next, stop.signal);
          entries.push(...answer.entries);
          next = answer.next;
          if (onward && performance.now() - shown > 400) {
            shown = performance.now();
            if (!stop.signal.aborted) setState({ of, entries: entries.slice(), next });
          }
        } while (next && entries.length < wanted.current);
        if (!stop.signal.aborted) setState({ of, entries, next });
      } catch (error) {
        if (stop.signal.aborted || error instanceof EngineGone) return;
        setState({ of, entries: onward ? entries : before.entries, next: before.next, error });
      } finally {
        if (running.current === stop) running.current = undefined;
      }
    },
    [bucket, folder, begin, of],
  );

  const refresh = useCallback(
    () => void load(latest.current.of === of ? Math.max(latest.current.entries.length, 1) : 1, false),
    [load, of],
  );
  const change = returns.value + stored.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` asks again
  useEffect(refresh, [refresh, change]);
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => {
    const timer = setInterval(() => {
      const small = latest.current.entries.length <= part && !latest.current.next;
      if (!document.hidden && !running.current && small) refresh();
    }, everyMs);
    return () => clearInterval(timer);
  }, [refresh]);

  const loadMore = useCallback(() => {
    if (!running.current && latest.current.next) void load(latest.current.entries.length + 1, true);
  }, [load]);
  const loadAll = useCallback(() => {
    if (running.current) wanted.current = mostSorted;
    else if (latest.current.next) void load(mostSorted, true);
  }, [load]);

  const mine = state.of === of;
  return {
    entries: mine ? state.entries : none,
    loaded: mine,
    more: mine && state.next !== "",
    error: mine ? state.error : undefined,
    loadMore,
    loadAll,
    refresh,
  };
}

const none: Entry[] = [];
