import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { DataTable, numbers } from "~/ui/data_table";
import { t } from "./messages";
import { latencyText, rateNow, rateText } from "./rates";
import type { ModelSummaries, ModelSummary } from "./serving";
import { VersionState } from "./version_state";

/** A row for each model: who answers, how much is asked, how fast. */
export function ModelTable({ project, data }: { project: string; data: ModelSummaries }): JSX.Element {
  return (
    <section class="card" aria-label={t("models")}>
      <DataTable
        aria-label={t("list")}
        class="table models-table"
        columns={[
          t("model"),
          t("defaultVersion"),
          ...numbers(t("versions"), t("perSecond"), t("errorsHour"), t("p50"), t("p95")),
        ]}
      >
        <tbody>
          {data.models.map((row) => (
            <Row key={row.model} project={project} row={row} at={data.at} />
          ))}
        </tbody>
      </DataTable>
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
