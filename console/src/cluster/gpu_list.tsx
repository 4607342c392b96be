import type { JSX } from "preact";
import { formatBytes } from "~/i18n/format";
import { JobLink } from "./job_link";
import { t } from "./messages";
import type { PoolGpu } from "./pool";

/** The machine's GPUs and who has each. */
export function GpuList({ gpus }: { gpus: PoolGpu[] }): JSX.Element {
  return (
    <section class="card" aria-label={t("gpus")}>
      <div class="card-head">
        <h2>{t("gpus")}</h2>
      </div>
      <ul class="cluster-gpus">
        {gpus.map((gpu) => (
          <li key={gpu.index}>
            <div class="row">
              <strong>{t("gpu", { index: String(gpu.index) })}</strong>
              <span class="spread" />
              {gpu.job ? null : (
                <span class={gpu.held ? "badge warn" : "badge good"}>
                  {gpu.held ? t("gpuHeld") : t("gpuFree")}
                </span>
              )}
            </div>
            <p class="quiet">
              {gpu.name}
              {gpu.memoryBytes ? `, ${formatBytes(gpu.memoryBytes)}` : ""}
            </p>
            {gpu.job ? (
              <p>
                <JobLink project={gpu.job.project} jobId={gpu.job.jobId} />{" "}
                <span class="quiet">{gpu.job.replica}</span>
              </p>
            ) : null}
            {gpu.held ? <p>{gpu.held}</p> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
