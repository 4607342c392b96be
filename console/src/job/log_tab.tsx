import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { ErrorNotice, Loading } from "~/ui/notices";
import { useQuery } from "~/ui/use_query";
import type { JobDetail } from "./job_detail";
import { t } from "./messages";

type View = ComponentType<{ project: string; job: string; height?: string; line?: string }>;

// By a pattern, so that a console without the view is one all the same.
const views = import.meta.glob<{ LogView: View }>("../logs/log_view.tsx");

/** The job's log; the program that shows it is fetched when this is first looked at. */
export function LogTab({ detail }: { detail: JobDetail }): JSX.Element {
  const [query] = useQuery();
  const [view, setView] = useState<{ View: View }>();
  const [fault, setFault] = useState<unknown>();
  const load = views["../logs/log_view.tsx"];
  useEffect(() => {
    load?.().then((file) => setView({ View: file.LogView }), setFault);
  }, [load]);
  const job = detail.job.jobId ?? "";
  if (!load)
    return (
      <p class="empty">
        {t("noLogView")} <Link href={pages.jobLog(detail.project, job)}>{t("fullLog")}</Link>
      </p>
    );
  if (!view) return fault ? <ErrorNotice error={fault} /> : <Loading />;
  const { View } = view;
  return <View project={detail.project} job={job} height="70vh" line={query.get("line") ?? undefined} />;
}
