import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorNotice, Loading } from "~/ui/notices";
import { useQuery } from "~/ui/use_query";
import type { JobDetail } from "./job_detail";

type View = ComponentType<{ project: string; job: string; height?: string; line?: string }>;

/** The job's log; the program that shows it is fetched when this is first looked at. */
export function LogTab({ detail }: { detail: JobDetail }): JSX.Element {
  const [query] = useQuery();
  const [view, setView] = useState<{ View: View }>();
  const [fault, setFault] = useState<unknown>();
  useEffect(() => {
    import("~/logs/log_view").then((file) => setView({ View: file.LogView }), setFault);
  }, []);
  if (!view) return fault ? <ErrorNotice error={fault} /> : <Loading />;
  const { View } = view;
  return (
    <View
      project={detail.project}
      job={detail.job.jobId ?? ""}
      height="70vh"
      line={query.get("line") ?? undefined}
    />
  );
}
