import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatAgo, formatCount, formatSeconds, formatTime, secondsBetween } from "~/i18n/format";
import { now } from "~/live/clock";
import { isOver, StateBadge } from "~/ui/state_badge";
import { JobActions } from "./job_actions";
import { type JobDetail, type Progress, stateSince } from "./job_detail";
import { t } from "./messages";
import { usedText } from "./used_text";

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ProgressFact({ progress, over }: { progress: Progress | undefined; over: boolean }): JSX.Element {
  const { done, total, unit = "step", percent, secondsLeft, stalledSince } = progress ?? {};
  if (done === undefined)
    return <span class="quiet">{progress ? t(over ? "noProgressEnd" : "noProgress") : " "}</span>;
  const values = { done: formatCount(Number(done)), total: total ? formatCount(Number(total)) : "" };
  const name = unit === "epoch" ? "epochs" : "steps";
  const isBytes = unit === "KB" || unit === "MB";
  return (
    <>
      <span>
        {isBytes ? t("bytes", { ...values, unit }) : total ? t(name, values) : t(`${name}Only`, values)}
      </span>
      {percent === undefined ? null : (
        <span class="bar" role="progressbar" aria-label={t("progress")} aria-valuenow={Math.round(percent)}>
          <span style={{ width: `${percent}%` }} />
        </span>
      )}
      {over ? null : stalledSince ? (
        <small class="stalled">{t("stalled", { time: formatTime(stalledSince) })}</small>
      ) : secondsLeft === undefined ? null : (
        <small>{t("left", { time: formatSeconds(secondsLeft) })}</small>
      )}
    </>
  );
}

function MoneyFact({ detail, progress }: { detail: JobDetail; progress?: Progress }): JSX.Element {
  if (detail.price.unknown) return <span class="quiet">–</span>;
  return (
    <>
      <span>{usedText(detail.price) || <span class="quiet">{t("noMoney")}</span>}</span>
      {isOver(detail.job.state) || !progress?.projected ? null : (
        <small>{t("projected", { money: progress.projected.text })}</small>
      )}
    </>
  );
}

interface HeaderProps {
  detail: JobDetail;
  progress?: Progress;
  onChange: () => void;
}

/** What a job is and does now, and what can be done to it. */
export function JobHeader({ detail, progress, onChange }: HeaderProps): JSX.Element {
  const { job, project } = detail;
  const over = isOver(job.state);
  const since = stateSince(detail);
  const elapsed = secondsBetween(job.startTime ?? job.createTime, job.endTime ?? now.value);
  return (
    <>
      <nav class="crumbs" aria-label={t("jobs")}>
        <Link href={pages.jobs(project)}>{t("jobs")}</Link>
      </nav>
      <div class="page-head job-head">
        <h1>
          <span class="mono">{job.jobId}</span>
        </h1>
        <StateBadge state={job.state} />
        <span class="quiet since">
          {since ? `${t("since", { time: formatTime(since) })} (${formatAgo(since, now.value)})` : ""}
        </span>
        <JobActions detail={detail} onChange={onChange} />
      </div>
      <dl class="card job-facts">
        <Fact name={t("elapsed")}>
          <span>{elapsed === undefined ? "–" : formatSeconds(Math.max(elapsed, 0))}</span>
          {detail.attempts.length > 1 ? (
            <small>
              {t("attempt")} {detail.attempts.length}
            </small>
          ) : null}
        </Fact>
        <Fact name={t("progress")}>
          <ProgressFact progress={progress} over={over} />
        </Fact>
        <Fact name={t(over ? "moneyEnd" : "money")}>
          <MoneyFact detail={detail} progress={progress} />
        </Fact>
        <Fact name={t("created")}>{job.createTime ? formatTime(job.createTime) : "–"}</Fact>
        {over ? <Fact name={t("ended")}>{job.endTime ? formatTime(job.endTime) : "–"}</Fact> : null}
      </dl>
    </>
  );
}
