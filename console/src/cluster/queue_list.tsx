import type { JSX } from "preact";
import { formatWholeSeconds, secondsBetween } from "~/i18n/format";
import { reasonTexts } from "~/i18n/reasons";
import { now } from "~/live/clock";
import { Empty } from "~/ui/notices";
import { JobLink } from "./job_link";
import { t } from "./messages";
import type { WaitingJob } from "./pool";

/** The jobs that wait, in the order in which they may start, and why each does. */
export function QueueList({ queue, waiting }: { queue: WaitingJob[]; waiting: number }): JSX.Element {
  return (
    <section class="card" aria-label={t("queue")}>
      <div class="card-head">
        <h2>{t("queue")}</h2>
        <span class="quiet">{t("queueCount", { n: waiting })}</span>
      </div>
      {queue.length === 0 ? (
        <Empty title={t("nothingWaits")}>
          <p>{t("nothingWaitsHint")}</p>
        </Empty>
      ) : (
        <ol class="cluster-queue">
          {queue.map((job) => (
            <li key={`${job.project}/${job.jobId}`}>
              <div class="row">
                <JobLink project={job.project} jobId={job.jobId} />
                <span class="spread" />
                <span class="quiet nowrap">
                  {[
                    t("needs", { n: job.slots }),
                    ...(job.gpus > 0 ? [t("needsGpus", { n: job.gpus })] : []),
                    t("waitsFor", {
                      time: formatWholeSeconds(secondsBetween(job.createTime, now.value) ?? 0),
                    }),
                  ].join(" · ")}
                </span>
              </div>
              {reasonTexts(job).map((sentence) => (
                <p key={sentence} class="quiet">
                  {sentence}
                </p>
              ))}
            </li>
          ))}
        </ol>
      )}
      {waiting > queue.length ? <p class="quiet">{t("moreWait", { n: waiting - queue.length })}</p> : null}
    </section>
  );
}
