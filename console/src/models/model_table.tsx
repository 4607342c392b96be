import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { t } from "./messages";
import { shortName } from "./model_calls";
import type { ModelRow } from "./models_page";
import { errorsLately, latencyText, rateNow, rateText } from "./rates";
import { VersionState } from "./version_state";

/** A row for each model: who answers, how much is asked, how fast. */
export function ModelTable({ project, rows }: { project: string; rows: ModelRow[] }): JSX.Element {
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
            {rows.map((row) => (
              <Row key={row.name} project={project} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet models-note">{t("latencyOf")}</p>
    </section>
  );
}

function Row({ project, row }: { project: string; row: ModelRow }): JSX.Element {
  const { name, model, serving } = row;
  const versions = serving?.versions ?? [];
  const chosen = versions.find((version) => version.isDefault);
  const errors = errorsLately(versions);
  const moving = versions.find((version) => version.state === "CREATING");
  return (
    <tr data-model={name}>
      <th scope="row">
        <Link href={pages.model(project, name)}>{name}</Link>
        {model.description ? <p class="quiet models-described">{model.description}</p> : null}
      </th>
      <td class="nowrap" data-label={t("defaultVersion")}>
        {model.defaultVersion ? (
          shortName(model.defaultVersion.name)
        ) : moving ? (
          <VersionState state={moving.state} />
        ) : (
          <span class="quiet">{t("noneReady")}</span>
        )}
      </td>
      <td class="number" data-label={t("versions")}>
        {serving ? formatCount(versions.length) : "–"}
      </td>
      <td class="number" data-label={t("perSecond")}>
        {serving ? rateText(rateNow(versions, serving.at)) : "–"}
      </td>
      <td class={errors > 0 ? "number models-bad" : "number"} data-label={t("errorsHour")}>
        {serving ? formatCount(errors) : "–"}
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
