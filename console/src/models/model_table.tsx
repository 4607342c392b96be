import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { t } from "./messages";
import { latencyText, rateNow, rateText } from "./rates";
import type { ModelSummaries, ModelSummary } from "./serving";
import { VersionState } from "./version_state";

/** A row for each model: who answers, how much is asked, how fast. */
export function ModelTable({ project, data }: { project: string; data: ModelSummaries }): JSX.Element {
  return (
    <section class="card" aria-label={t("models")}>
      <div class="scroll-x" role="group" aria-label={t("list")} tabIndex={0}>
        <table class="table models-table">
          <thead>
            <tr>
              <th scope="col">{t("model")}</th>
              <th scope="col">{t("defaultVersion")}</th>
              <th scope="col" class="number">
                {t("versions")}
              </th>
              <th scope="col" class="number">
                {t("perSecond")}
              </th>
              <th scope="col" class="number">
                {t("errorsHour")}
              </th>
              <th scope="col" class="number">
                {t("p50")}
              </th>
              <th scope="col" class="number">
                {t("p95")}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.models.map((row) => (
              <Row key={row.model} project={project} row={row} at={data.at} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet models-note">{t("latencyOf")}</p>
    </section>
  );
}

interface RowProps {
  project: string;
  row: ModelSummary;
  at: number;
}

function Row({ project, row, at }: RowProps): JSX.Element {
  const { model: name, description, defaultVersion, versions } = row;
  const chosen = versions.find((version) => version.isDefault);
  const errors = versions.reduce((sum, version) => sum + Number(version.lastHour.errors), 0);
  const moving = versions.find((version) => version.state === "CREATING");
  return (
    <tr data-model={name}>
      <th scope="row">
        <Link href={pages.model(project, name)}>{name}</Link>
        {description ? <p class="quiet models-described">{description}</p> : null}
      </th>
      <td class="nowrap" data-label={t("defaultVersion")}>
        {defaultVersion ? (
          defaultVersion
        ) : moving ? (
          <VersionState state={moving.state} />
        ) : (
          <span class="quiet">{t("noneReady")}</span>
        )}
      </td>
      <td class="number" data-label={t("versions")}>
        {formatCount(versions.length)}
      </td>
      <td class="number" data-label={t("perSecond")}>
        {rateText(rateNow(versions, at))}
      </td>
      <td class={errors > 0 ? "number models-bad" : "number"} data-label={t("errorsHour")}>
        {formatCount(errors)}
      </td>
      <td class="number" data-label={t("p50")}>
        {latencyText(chosen?.latency.p50 ?? 0)}
      </td>
      <td class="number" data-label={t("p95")}>
        {latencyText(chosen?.latency.p95 ?? 0)}
      </td>
    </tr>
  );
}
