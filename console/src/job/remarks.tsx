import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { Link } from "wouter-preact";
import { ApiError, get } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { formatTime } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { Icon } from "~/ui/icons";
import { isOver } from "~/ui/state_badge";
import type { JobDetail } from "./job_detail";
import { t } from "./messages";

interface Remark {
  insertId: string;
  timestamp: string;
  message: string;
}

interface Window {
  entries: Remark[];
  start: boolean;
  previous?: string;
}

// An answer looks at so much of a long log, and this goes on a few times.
const mostLooks = 6;
const mostRemarks = 5;

/** The newest warnings that the engine itself wrote into the job's log: what a health hint says among them. */
async function loadRemarks(project: string, job: string, signal: AbortSignal): Promise<Remark[]> {
  const found: Remark[] = [];
  let before: string | undefined;
  for (let look = 0; look < mostLooks && found.length < mostRemarks; look++) {
    const query = {
      task: "service",
      severity: "WARNING",
      limit: mostRemarks,
      before,
      tail: before === undefined,
    };
    let part: Window;
    try {
      part = await get<Window>(paths.ownJob(project, job, "/log:window"), query, signal);
    } catch (error) {
      if (error instanceof ApiError && error.httpStatus === 404) return [];
      throw error;
    }
    found.unshift(...part.entries);
    if (part.start || !part.previous) break;
    before = part.previous;
  }
  return found.slice(-mostRemarks);
}

/** What the engine remarked about a job that others may overlook in its log. */
export function Remarks({ detail }: { detail: JobDetail }): JSX.Element | null {
  const { project } = detail;
  const job = detail.job.jobId ?? "";
  const load = useCallback((signal: AbortSignal) => loadRemarks(project, job, signal), [project, job]);
  const { data } = useLive(load, isOver(detail.job.state) ? 0 : 10_000);
  if (!data || data.length === 0) return null;
  return (
    <section class="card remarks" aria-labelledby="remarks-head">
      <div class="card-head">
        <h2 id="remarks-head">
          <Icon name="warning" size={15} /> {t("hints")}
        </h2>
      </div>
      <ul>
        {data.map((one) => (
          <li key={one.insertId}>
            <Link href={pages.jobLog(project, job, one.insertId)}>{formatTime(one.timestamp)}</Link>{" "}
            {one.message}
          </li>
        ))}
      </ul>
    </section>
  );
}
