import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { pages } from "~/api/resources";
import { formatTime } from "~/i18n/format";
import { copyText } from "~/ui/copy_button";
import { ErrorNotice } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { plainText } from "./ansi";
import { foldRows, rowIndexOf } from "./fold";
import "./log.css";
import { linesOf } from "./line_text";
import { everything, type LogEntry, type LogFilter, shortTask, wantsAll } from "./log_entry";
import { LogFooter } from "./log_footer";
import { LogModel, type Side } from "./log_model";
import { LogToolbar } from "./log_toolbar";
import { t } from "./messages";
import { NoLines } from "./no_lines";
import { OverviewBar } from "./overview_bar";
import { RemovedNotice } from "./removed_notice";
import { RowScroller } from "./row_scroller";
import { SelectionBar } from "./selection_bar";
import { useJobFacts } from "./use_job_facts";
import { useLogKeys } from "./use_log_keys";

export interface LogViewProps {
  project: string;
  job: string;
  /** Of the whole viewer, as CSS writes it. */
  height?: string;
  /** The insertId of a line to open at and to mark. */
  line?: string;
  /** The filter to begin with, and who wants to know of another. */
  filter?: LogFilter;
  onFilter?: (filter: LogFilter) => void;
  /** The page is about the log alone, so keys need no focus. */
  alone?: boolean;
}

export interface Selection {
  from: string;
  to: string;
}

export const textOfEntry = (entry: LogEntry): string => linesOf(entry).map(plainText).join("\n");

/** A job's log, live: any place of it at once, however long it is. */
export function LogView(props: LogViewProps): JSX.Element {
  const { project, job, line } = props;
  const begin = props.filter ?? everything;
  const [filter, setFilter] = useState<LogFilter>(begin);
  const [wanted, setWanted] = useState(begin.contains);
  const [only, setOnly] = useState(true);
  const [wrap, setWrap] = useState(true);
  const [selection, select] = useState<Selection | undefined>();
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const place = useRef<HTMLDivElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const facts = useJobFacts(project, job);
  const model = useMemo(() => new LogModel({ project, job }), [project, job]);
  useEffect(() => () => model.dispose(), [model]);

  const begun = useRef<LogModel>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another log or line opens anew
  useEffect(() => {
    const first = begun.current !== model;
    begun.current = model;
    if (line) {
      // A link leads to its line, whatever is filtered.
      setFilter(everything);
      setWanted("");
      select({ from: line, to: line });
      model.lead(line);
    } else if (first) {
      model.start(begin);
    }
  }, [model, line]);

  const version = model.version.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says that they changed
  const rows = useMemo(() => foldRows(model.window.entries, model.opened), [model, version]);

  const changeFilter = async (change: Partial<LogFilter>) => {
    const next = { ...filter, ...change };
    setFilter(next);
    const seen = model.following ? undefined : (selection?.to ?? model.visible.peek().first?.insertId);
    props.onFilter?.(next);
    await model.setFilter(next, seen);
  };
  // A word is asked for when it is typed, not letter by letter.
  const typing = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(typing.current), []);
  const changeWanted = (text: string) => {
    setWanted(text);
    clearTimeout(typing.current);
    if (only) typing.current = setTimeout(() => void changeFilter({ contains: text }), 300);
  };
  const changeOnly = (is: boolean) => {
    setOnly(is);
    clearTimeout(typing.current);
    if (wanted) void changeFilter({ contains: is ? wanted : "" });
  };

  const find = async (side: Side) => {
    if (!wanted) return;
    clearTimeout(typing.current);
    if (only && filter.contains !== wanted) await changeFilter({ contains: wanted });
    const found = await model.find(wanted, side, selection?.to);
    if (found === "") return; // stopped
    if (!found) return toast(t("noMatch"));
    model.pause();
    select({ from: found, to: found });
    model.aimAt(found, "middle");
  };

  const goOn = () => {
    const { seeking } = model.stopped ?? {};
    if (seeking) void find(seeking.side);
    else model.goOn();
  };

  const choose = useCallback((key: string, extend: boolean) => {
    select((before) => {
      if (extend && before) return { from: before.from, to: key };
      return before?.from === key && before.to === key ? undefined : { from: key, to: key };
    });
  }, []);
  const showWhole = useCallback((key: string) => setWhole((before) => new Set(before).add(key)), []);

  const chosen = useMemo(() => {
    if (!selection) return [];
    const [low, high] = [selection.from, selection.to].sort();
    return rows
      .filter((row) => (row.entries.at(-1)?.insertId ?? "") >= (low ?? "") && row.key <= (high ?? ""))
      .flatMap((row) => row.entries);
  }, [rows, selection]);
  const copyLines = () => void copyText(chosen.map(textOfEntry).join("\n"));
  const copyLink = () => {
    if (selection) void copyText(`${window.location.origin}/ui${pages.jobLog(project, job, selection.to)}`);
  };

  const goToFailure = () => {
    if (!facts.failure) return;
    select({ from: facts.failure, to: facts.failure });
    if (!wantsAll(filter)) {
      setFilter(everything);
      setWanted("");
      props.onFilter?.(everything);
    }
    model.lead(facts.failure);
    place.current?.focus({ preventScroll: true });
  };

  const onKey = useLogKeys({
    model,
    rows,
    place,
    root,
    search,
    alone: props.alone ?? false,
    selection,
    select,
    find: (side) => void find(side),
    copyLines,
    wrap: () => setWrap(!wrap),
  });

  const tasks = [
    ...new Set([...facts.tasks, ...model.window.entries.slice(-200).map((entry) => entry.task)]),
  ];
  const replicas = tasks.filter((task) => task !== "service");
  const cursor = selection && rows[rowIndexOf(rows, selection.to)]?.entries[0];
  return (
    <section
      ref={root}
      class="log-view"
      style={{ height: props.height ?? "70vh" }}
      aria-label={t("log")}
      data-opening={model.opening}
    >
      <LogToolbar
        log={{ project, job }}
        model={model}
        filter={filter}
        onFilter={changeFilter}
        search={search}
        wanted={wanted}
        onWanted={changeWanted}
        only={only}
        onOnly={changeOnly}
        onFind={(side) => void find(side)}
        tasks={tasks}
        wrap={wrap}
        onWrap={setWrap}
        failure={facts.failure}
        onFailure={goToFailure}
      />
      {model.fault ? <ErrorNotice error={model.fault} onRetry={() => model.retry()} /> : null}
      {model.removed ? <RemovedNotice removed={model.removed} /> : null}
      <div class="log-body">
        <RowScroller
          model={model}
          rows={rows}
          place={place}
          wrap={wrap}
          wanted={wanted}
          selection={selection}
          marked={line}
          failure={facts.failure}
          showTask={replicas.length > 1 || tasks.length > 1}
          whole={whole}
          onWhole={showWhole}
          onSelect={choose}
          onKey={onKey}
        />
        <OverviewBar model={model} failure={facts.failure} />
        {rows.length === 0 ? (
          <NoLines
            model={model}
            filtered={!wantsAll(filter)}
            why={facts.sentences[0]}
            onClear={() => {
              setWanted("");
              changeFilter(everything);
            }}
          />
        ) : null}
      </div>
      {selection && chosen.length > 0 ? (
        <SelectionBar
          count={chosen.length}
          onCopyLines={copyLines}
          onCopyLink={copyLink}
          onClear={() => select(undefined)}
        />
      ) : null}
      <LogFooter model={model} onGoOn={goOn} />
      <div class="hidden-text" aria-live="polite">
        {cursor && !model.following
          ? t("lineIs", {
              severity: cursor.severity,
              task: shortTask(cursor.task),
              time: formatTime(cursor.timestamp),
              text: textOfEntry(cursor).slice(0, 300),
            })
          : ""}
      </div>
    </section>
  );
}
