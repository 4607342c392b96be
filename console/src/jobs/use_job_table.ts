import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { EngineGone, get } from "~/api/http";
import { paths } from "~/api/resources";
import { returns } from "~/live/connection";
import type { Group, JobRow, JobTableAnswer } from "./job_row";
import { JobWindow, pageRows, pagesOf } from "./job_window";

export interface JobQuestion {
  project: string;
  filter: string;
  search: string;
  groups: readonly Group[];
  orderBy: string;
}

export interface JobTable {
  total: number;
  counts: Record<Group, number> | undefined;
  row: (index: number) => JobRow | undefined;
  /** Of the question (a filter that is none); the rows of the one before are gone then. */
  error: unknown;
  loaded: boolean;
  /** Tells which rows are in view. */
  look: (first: number, end: number) => void;
}

// Progress and money grow without a change of the job.
const secondsWhileRunning = 4;
const secondsAtRest = 30;
/** Answers that follow each other quicker would only make the table flicker. */
const restMs = 250;

/** The jobs of a project as a long list of which the seen part is at hand and alive: the engine answers when something changes. */
export function useJobTable(question: JobQuestion): JobTable {
  const { project, filter, search, orderBy } = question;
  const groupWords = question.groups.join(",");
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [error, setError] = useState<unknown>();
  const counts = useRef<Record<Group, number>>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question is another list
  const list = useMemo(() => new JobWindow(), [project, filter, search, orderBy, groupWords]);
  const [view, setView] = useState<[number, number]>([0, pageRows]);
  const back = returns.value;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `back`: the engine is here again
  useEffect(() => {
    const stop = new AbortController();
    const ask = async (page: number, wait: boolean) => {
      const running = list.row(view[0])?.group === "running" || (counts.current?.running ?? 0) > 0;
      const answer = await get<JobTableAnswer>(
        paths.own(project, "jobs:table"),
        {
          filter,
          search,
          orderBy,
          group: groupWords ? groupWords.split(",") : undefined,
          offset: page * pageRows,
          limit: pageRows,
          ...(wait ? { wait: running ? secondsWhileRunning : secondsAtRest, revision: list.revision } : {}),
        },
        stop.signal,
      );
      if (stop.signal.aborted) return;
      list.take(page, answer);
      counts.current = answer.counts;
      setError(undefined);
      redraw(0);
    };
    const follow = async () => {
      for (;;) {
        const pages = pagesOf(view[0], view[1], list.revision ? list.total : pageRows);
        const missing = list.missing(pages);
        if (missing.length > 0) await Promise.all(missing.map((page) => ask(page, false)));
        else await ask(pages[0] ?? 0, true);
        if (stop.signal.aborted) return;
        await new Promise((done) => setTimeout(done, missing.length > 0 ? 0 : restMs));
        if (document.hidden) {
          await new Promise((done) =>
            document.addEventListener("visibilitychange", done, { once: true, signal: stop.signal }),
          );
        }
      }
    };
    follow().catch((fault: unknown) => {
      if (!stop.signal.aborted && !(fault instanceof EngineGone)) setError(fault);
    });
    return () => stop.abort();
  }, [list, project, filter, search, orderBy, groupWords, view, back]);

  const look = useCallback((first: number, end: number) => {
    // In steps, so that scrolling does not begin a new call at each row.
    const from = Math.floor(first / 50) * 50;
    const to = Math.ceil(end / 50) * 50;
    setView((before) => (before[0] === from && before[1] === to ? before : [from, to]));
  }, []);

  return {
    total: list.total,
    counts: counts.current,
    row: (index) => list.row(index),
    error,
    loaded: list.revision !== "",
    look,
  };
}
