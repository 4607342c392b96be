import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { useProject } from "~/ui/use_query";
import { t } from "./messages";

/** A job, with its project when that is another than the one that the pages are about. */
export function JobLink({ project, jobId }: { project: string; jobId: string }): JSX.Element {
  const here = useProject();
  return (
    <>
      <Link class="cluster-link" href={pages.job(project, jobId)}>
        {jobId}
      </Link>
      {project === here ? null : <span class="quiet cluster-project">{t("ofProject", { project })}</span>}
    </>
  );
}
