import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { loadWindow } from "~/logs/log_door";
import { everything } from "~/logs/log_entry";
import { RemovedNotice } from "~/logs/removed_notice";

/** Of a job that has ended: that its log is not there any more. Looked at once a minute. */
export function RemovedCard({ project, job }: { project: string; job: string }): JSX.Element | null {
  const load = useCallback(
    (signal: AbortSignal) => loadWindow({ project, job }, { tail: true }, everything, 1, signal),
    [project, job],
  );
  const { data } = useLive(load, 60_000);
  return data?.removed ? <RemovedNotice removed={data.removed} /> : null;
}
