import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatBytes, formatWholeSeconds, secondsBetween } from "~/i18n/format";
import { now } from "~/live/clock";
import { DataTable, numbers } from "~/ui/data_table";
import { Empty } from "~/ui/notices";
import { JobLink } from "./job_link";
import { t } from "./messages";
import { byJob, type JobOnPool, type PoolReplica } from "./pool";

// Of a job with many replicas so many are shown until a person asks for all.
const few = 8;

type Step = "WAITING" | "STAGING" | "ENVIRONMENT" | "LEASED" | "RUNNING" | "EXITED" | "NOT_STARTED" | "LOST";
const tones: Record<Step, string> = {
  WAITING: "",
  STAGING: "busy",
  ENVIRONMENT: "busy",
  LEASED: "busy",
  RUNNING: "good",
  EXITED: "",
  NOT_STARTED: "bad",
  LOST: "bad",
};

/** Every replica that has room now, by jobs, with what it uses. */
export function RunningTable({ replicas }: { replicas: PoolReplica[] }): JSX.Element {
  const jobs = byJob(replicas);
  return (
    <section class="card" aria-label={t("runs")}>
      <div class="card-head">
        <h2>{t("runs")}</h2>
        <span class="quiet">{t("runsCount", { n: replicas.length })}</span>
      </div>
      {jobs.length === 0 ? (
        <Empty title={t("nothingRuns")}>
          <p>{t("nothingRunsHint")}</p>
        </Empty>
      ) : (
        <DataTable
          aria-label={t("runs")}
          class="table cluster-runs"
          columns={[t("replica"), t("state"), ...numbers(t("since"), t("cores"), t("memory"))]}
        >
          {jobs.map((job) => (
            <JobRows key={`${job.project}/${job.jobId}`} job={job} />
          ))}
        </DataTable>
      )}
    </section>
  );
}

function JobRows({ job }: { job: JobOnPool }): JSX.Element {
  const [all, setAll] = useState(false);
  const many = job.replicas.length > few;
  const shown = all ? job.replicas : job.replicas.slice(0, few);
  return (
    <tbody>
      <tr class="cluster-job">
        <th scope="rowgroup" colSpan={3}>
          <JobLink project={job.project} jobId={job.jobId} />
        </th>
        <td class="number">{coresText(job.cpu)}</td>
        <td class="number">{bytesText(job.memoryBytes)}</td>
      </tr>
      {shown.map((replica) => (
        <ReplicaRow key={replica.replica} replica={replica} />
      ))}
      {many ? (
        <tr>
          <td colSpan={5}>
            <button type="button" class="button small" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? t("showLess") : t("showAll", { n: job.replicas.length })}
            </button>
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

function ReplicaRow({ replica }: { replica: PoolReplica }): JSX.Element {
  const since = secondsBetween(replica.startTime, now.value);
  const step = replica.state in tones ? (replica.state as Step) : undefined;
  return (
    <tr>
      <td class="nowrap">
        {replica.replica}
        {replica.gpus.map((index) => (
          <span key={index} class="badge cluster-gpu">
            {t("gpu", { index: String(index) })}
          </span>
        ))}
      </td>
      <td>
        <span class={`badge ${step ? tones[step] : ""}`}>{step ? t(step) : replica.state}</span>
      </td>
      <td class="number">{since === undefined ? "–" : formatWholeSeconds(since)}</td>
      <td class="number">{coresText(replica.cpu)}</td>
      <td class="number">{bytesText(replica.memoryBytes)}</td>
    </tr>
  );
}

const coresText = (cores: number | undefined): string => (cores === undefined ? "–" : cores.toFixed(2));
const bytesText = (bytes: number | undefined): string => (bytes === undefined ? "–" : formatBytes(bytes));
