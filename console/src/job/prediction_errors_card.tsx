import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { ErrorNotice } from "~/ui/notices";
import { partsOf, storageLink } from "./gs_links";
import type { JobDetail } from "./job_detail";
import { errorsFile, loadErrors } from "./prediction_errors";
import { t } from "./prediction_messages";

/** Which instances failed and why: the first ones, and where all are. */
export function PredictionErrorsCard({ detail }: { detail: JobDetail }): JSX.Element | null {
  const { job, project } = detail;
  const count = Number(job.predictionOutput?.errorCount ?? 0);
  if (count === 0) return null;
  const folder = job.predictionOutput?.outputPath ?? job.predictionInput?.outputPath ?? "";
  const parts = partsOf(folder);
  const prefix = parts?.name ? `${parts.name.replace(/\/+$/, "")}/` : "";
  return (
    <section class="card" aria-labelledby="failed-head">
      <div class="card-head">
        <h2 id="failed-head">
          {t("failed")} <span class="quiet">{formatCount(count)}</span>
        </h2>
        {job.state === "SUCCEEDED" && parts ? (
          <Link href={pages.storage(project, parts.bucket, prefix, prefix + errorsFile)}>
            {t("allErrors")}
          </Link>
        ) : null}
      </div>
      {job.state === "SUCCEEDED" ? (
        <FirstErrors project={project} folder={folder} count={count} />
      ) : (
        <p class="quiet">{t(job.endTime ? "errorsKept" : "errorsLater")}</p>
      )}
    </section>
  );
}

interface FirstProps {
  project: string;
  folder: string;
  count: number;
}

function FirstErrors({ project, folder, count }: FirstProps): JSX.Element {
  const load = useCallback((signal: AbortSignal) => loadErrors(folder, signal), [folder]);
  const { data = [], error } = useLive(load, 0);
  return (
    <>
      <ErrorNotice error={error} />
      <ul class="prediction-errors">
        {data.map((one) => (
          <li key={`${one.file} ${one.number}`}>
            <Place project={project} file={one.file} text={t(one.unit, { n: formatCount(one.number) })} />
            <code>{one.error}</code>
          </li>
        ))}
      </ul>
      {data.length > 0 && count > data.length ? (
        <p class="quiet">{t("moreErrors", { n: formatCount(count - data.length) })}</p>
      ) : null}
    </>
  );
}

function Place({ project, file, text }: { project: string; file: string; text: string }): JSX.Element {
  const link = storageLink(project, file, true);
  const name = file.split("/").at(-1) ?? file;
  return (
    <span title={file}>
      {link ? <Link href={link}>{name}</Link> : name} <span class="quiet">{text}</span>
    </span>
  );
}
