import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatTime } from "~/i18n/format";
import { reasonTexts } from "~/i18n/reasons";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { CopyButton } from "~/ui/copy_button";
import { Icon } from "~/ui/icons";
import { isOver } from "~/ui/state_badge";
import { type Cause, type JobDetail, loadExplanation } from "./job_detail";
import { t } from "./messages";

function Whole({ text }: { text: string }): JSX.Element {
  return (
    <details class="whole">
      <summary>{t("wholeMessage")}</summary>
      <pre class="lines">{text}</pre>
    </details>
  );
}

function FirstCause({ cause, detail }: { cause: Cause; detail: JobDetail }): JSX.Element {
  const { project, job } = detail;
  const evidence = cause.evidence.join("\n");
  return (
    <section class="card cause" aria-labelledby="cause-head">
      <div class="card-head">
        <h2 id="cause-head">
          <Icon name="cross" size={15} /> {t("firstCause")}
        </h2>
        <span class="quiet">
          {cause.time
            ? t("atReplica", { replica: cause.replica, time: formatTime(cause.time, true) })
            : cause.replica}
          {cause.restart > 0 ? `, ${t("restartNumber", { n: cause.restart })}` : ""}
        </span>
        <code class="badge bad">{cause.kind}</code>
      </div>
      <p class="cause-sentence">{cause.sentence}</p>
      {cause.advice ? (
        <p>
          <strong>{t("advice")}</strong> {cause.advice}
        </p>
      ) : null}
      {evidence ? (
        <div class="evidence">
          <div class="row">
            <h3 class="spread">{t("evidence")}</h3>
            {cause.insertId ? (
              <Link class="button small" href={pages.jobLog(project, job.jobId ?? "", cause.insertId)}>
                <Icon name="link" size={14} />
                {t("showInLog")}
              </Link>
            ) : null}
            <CopyButton text={evidence} label={word("copy")} />
          </div>
          <pre class="lines">{evidence}</pre>
        </div>
      ) : null}
      {cause.followers.length > 0 ? (
        <details>
          <summary>{t("followers", { n: cause.followers.length })}</summary>
          <ul class="followers">
            {cause.followers.map((one) => (
              <li key={one.replica}>
                <strong>{one.replica}</strong>{" "}
                {one.time ? <span class="quiet">{formatTime(one.time, true)}</span> : null} {one.sentence}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      {job.errorMessage ? <Whole text={job.errorMessage} /> : null}
    </section>
  );
}

/** Why a job failed, was stopped or waits; nothing of one that runs or went well. */
export function CauseCard({ detail }: { detail: JobDetail }): JSX.Element | null {
  const { project, job } = detail;
  const id = job.jobId ?? "";
  const state = job.state;
  const over = isOver(state);
  const load = useCallback((signal: AbortSignal) => loadExplanation(project, id, signal), [project, id]);
  const { data, error } = useLive(load, over ? 0 : 3000);
  if (state === "SUCCEEDED" || state === "RUNNING") return null;
  const cause = data?.state === state ? data?.cause : undefined;
  if (cause) return <FirstCause cause={cause} detail={detail} />;
  if (over) {
    if (!job.errorMessage) return null;
    const [first, ...rest] = job.errorMessage.split("\n");
    return (
      <section class={state !== "FAILED" ? "card" : data || error ? "card cause" : "card cause coming"}>
        <div class="card-head">
          <h2>{t(state === "FAILED" ? "whyFailed" : "whyStopped")}</h2>
        </div>
        <p>{first}</p>
        {rest.length > 0 ? <Whole text={job.errorMessage} /> : null}
      </section>
    );
  }
  return (
    <section class="card waiting" aria-live="polite">
      <div class="card-head">
        <h2>{t(state === "QUEUED" ? "whyWaits" : "whatNow")}</h2>
      </div>
      {(data ? reasonTexts(data) : []).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </section>
  );
}
