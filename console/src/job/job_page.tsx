import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { Link, useParams } from "wouter-preact";
import { ApiError } from "~/api/http";
import { pages } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { ErrorNotice, Loading } from "~/ui/notices";
import { isOver } from "~/ui/state_badge";
import { useProject, useQuery } from "~/ui/use_query";
import { CauseCard } from "./cause_card";
import { ChartsTab } from "./charts_tab";
import { CurvesTab } from "./curves_tab";
import { type JobDetail, loadDetail, loadProgress } from "./job_detail";
import { JobHeader } from "./job_header";
import "./job_page.css";
import { LogTab } from "./log_tab";
import { t } from "./messages";
import { OverviewTab } from "./overview_tab";
import { PhaseBar } from "./phase_bar";
import { RemovedCard } from "./removed_card";
import { Tabs } from "./tabs";

const tabs = ["overview", "charts", "curves", "log"] as const;

function Body({ detail, onChange }: { detail: JobDetail; onChange: () => void }): JSX.Element {
  const [query, change] = useQuery();
  const { project } = detail;
  const job = detail.job.jobId ?? "";
  const state = detail.job.state;
  const chosen = tabs.find((tab) => tab === query.get("tab")) ?? "overview";
  const load = useCallback((signal: AbortSignal) => loadProgress(project, job, signal), [project, job]);
  const progress = useLive(load, isOver(state) ? 0 : 2000);
  return (
    <>
      <JobHeader detail={detail} progress={progress.data} onChange={onChange} />
      <div class="stack">
        <PhaseBar detail={detail} />
        <CauseCard detail={detail} />
        {isOver(state) ? <RemovedCard project={project} job={job} /> : null}
        <div>
          <Tabs
            label={t("tabs")}
            names={tabs}
            textOf={t}
            chosen={chosen}
            onChoose={(tab) => change({ tab: tab === "overview" ? undefined : tab })}
          >
            {chosen === "overview" ? <OverviewTab detail={detail} onChange={onChange} /> : null}
            {chosen === "charts" ? <ChartsTab detail={detail} /> : null}
            {chosen === "curves" ? <CurvesTab detail={detail} /> : null}
            {chosen === "log" ? <LogTab detail={detail} /> : null}
          </Tabs>
        </div>
      </div>
    </>
  );
}

// What has ended can still get other labels; a thousand replicas are told in a megabyte.
function pauseAfter(detail: JobDetail | undefined): number {
  if (isOver(detail?.job.state)) return 10_000;
  return (detail?.attempts.at(-1)?.replicas?.length ?? 0) > 100 ? 4000 : 1000;
}

/** Everything about one job, live. */
export function JobPage(): JSX.Element {
  const { job = "" } = useParams<{ job: string }>();
  const project = useProject();
  const load = useCallback((signal: AbortSignal) => loadDetail(project, job, signal), [project, job]);
  const [every, setEvery] = useState(1000);
  const first = useLive(load, every);
  useEffect(() => setEvery(pauseAfter(first.data)), [first.data]);
  useEffect(() => {
    document.title = `${job} – mlengine`;
    return () => {
      document.title = "mlengine";
    };
  }, [job]);
  if (first.data) return <Body key={`${project}/${job}`} detail={first.data} onChange={first.refresh} />;
  if (first.error instanceof ApiError && first.error.httpStatus === 404) {
    return (
      <div class="empty">
        <h1>{t("noJob", { job, project })}</h1>
        <p>{t("noJobHint")}</p>
        <p>
          <Link href={pages.jobs(project)}>{t("toJobs")}</Link>
        </p>
      </div>
    );
  }
  return (
    <>
      <h1 class="mono">{job}</h1>
      {first.error ? <ErrorNotice error={first.error} onRetry={first.refresh} /> : <Loading />}
    </>
  );
}
