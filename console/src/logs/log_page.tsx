import type { JSX } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import { Link, useParams } from "wouter-preact";
import { get } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { ErrorNotice } from "~/ui/notices";
import { StateBadge } from "~/ui/state_badge";
import { useProject, useQuery } from "~/ui/use_query";
import type { LogFilter } from "./log_entry";
import { LogView } from "./log_view";
import { t } from "./messages";

interface JobAnswer {
  state?: string;
}

/** /jobs/J/log: the log alone. Its filters are in the address, and `line` opens at a line. */
export function LogPage(): JSX.Element {
  const { job = "" } = useParams<{ job: string }>();
  const project = useProject();
  const [query, setQuery] = useQuery();
  const load = useCallback(
    (signal: AbortSignal) => get<JobAnswer>(paths.job(project, job), {}, signal),
    [project, job],
  );
  const { data, error } = useLive(load, 3000);
  const filter = useMemo<LogFilter>(
    () => ({
      severity: query.get("severity") ?? "",
      tasks: query.getAll("task"),
      contains: query.get("contains") ?? "",
    }),
    [query],
  );
  const onFilter = (next: LogFilter) =>
    setQuery({ severity: next.severity, task: next.tasks, contains: next.contains, line: undefined });
  return (
    <div class="log-page">
      <div class="page-head">
        <h1>{t("title", { job })}</h1>
        {data ? <StateBadge state={data.state} /> : null}
        <Link class="button small" href={pages.job(project, job)}>
          {t("toJob")}
        </Link>
      </div>
      {error ? (
        <ErrorNotice error={error} />
      ) : (
        <LogView
          key={`${project}/${job}`}
          project={project}
          job={job}
          height="100%"
          line={query.get("line") ?? undefined}
          filter={filter}
          onFilter={onFilter}
          alone
        />
      )}
    </div>
  );
}
