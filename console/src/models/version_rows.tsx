import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { formatAgo, formatBytes, formatCount, formatTime } from "~/i18n/format";
import { storageLink } from "~/job/gs_links";
import { now } from "~/live/clock";
import { t } from "./messages";
import type { VersionRow } from "./model_calls";
import { latencyText } from "./rates";
import { scalingOf } from "./scaling";
import { countOf, errorsOf, memoryOf, requestsOf, type ServedVersion } from "./serving";
import { VersionState } from "./version_state";

interface Props {
  project: string;
  row: VersionRow;
  isDefault: boolean;
  onDefault: () => void;
  onScale: () => void;
  onDelete: () => void;
}

/** A version in two rows: its figures, and below where it came from, why it failed, and what can be done. */
export function VersionRows(props: Props): JSX.Element {
  const { row, isDefault } = props;
  const { name, version, served } = row;
  return (
    <tbody data-version={name}>
      <tr class="version-figures">
        <th scope="row" class="nowrap">
          <span class="mono">{name}</span>
          {isDefault ? <span class="badge busy">{t("isDefault")}</span> : null}
        </th>
        <td data-label={t("state")}>
          <VersionState state={version.state} />
        </td>
        <td class="nowrap" data-label={t("framework")}>
          {version.predictionClass ?? version.framework} <span class="quiet">{version.runtimeVersion}</span>
        </td>
        <Figures served={served} />
      </tr>
      <tr class="version-more">
        <td colSpan={10}>
          {version.errorMessage ? <p class="notice bad version-fault">{version.errorMessage}</p> : null}
          <div class="version-line">
            <Origin {...props} />
            <Actions {...props} />
          </div>
        </td>
      </tr>
    </tbody>
  );
}

function Figures({ served }: { served: ServedVersion | undefined }): JSX.Element {
  if (!served)
    return (
      <td colSpan={7} class="number quiet">
        –
      </td>
    );
  const errors = errorsOf(served);
  const { latency, batches, processes } = served;
  return (
    <>
      <td class="number" data-label={t("requests")}>
        {formatCount(requestsOf(served))}
      </td>
      <td class={errors > 0 ? "number models-bad" : "number"} data-label={t("errors")}>
        {formatCount(errors)}
      </td>
      <td class="number" data-label={t("p50")}>
        {latencyText(latency.p50)}
      </td>
      <td class="number" data-label={t("p95")}>
        {latencyText(latency.p95)}
      </td>
      <td class="number" data-label={t("p99")}>
        {latencyText(latency.p99)}
      </td>
      <td class="number" data-label={t("batch")}>
        {Number(batches.runs) > 0 ? batches.meanInstances.toFixed(1) : "–"}
      </td>
      <td class="number" data-label={t("processes")}>
        {formatCount(processes.length)}
        {processes.length > 0 ? <span class="quiet"> · {formatBytes(memoryOf(served))}</span> : null}
      </td>
    </>
  );
}

function nodesText({ version }: VersionRow): string {
  const scaling = scalingOf(version);
  if (scaling.kind === "fixed") return t("nodesFixed", { n: Number(scaling.nodes) });
  const { least, most } = scaling;
  return most ? t("nodesBetween", { least, most }) : t("nodesAuto", { least });
}

function Origin({ project, row }: Props): JSX.Element {
  const { version, served } = row;
  const uri = version.deploymentUri ?? "";
  const link = storageLink(project, uri);
  const lastUse = served?.lastUseTime ?? version.lastUseTime;
  const refused = served ? countOf(served, "refused") : 0;
  const deaths = Number(served?.deaths ?? 0);
  const labels = Object.entries(version.labels ?? {});
  const facts = [
    version.createTime ? `${t("created")} ${formatTime(version.createTime)}` : "",
    version.state === "READY" ? nodesText(row) : "",
    version.state === "READY"
      ? lastUse
        ? `${t("lastUse")} ${formatAgo(lastUse, Math.max(now.value, Date.parse(lastUse)))}`
        : t("notAsked")
      : "",
    refused > 0 ? t("refusedOf", { n: refused }) : "",
    deaths > 0 ? t("died", { n: deaths }) : "",
  ].filter(Boolean);
  return (
    <div class="quiet version-origin">
      {version.description ? <p>{version.description}</p> : null}
      <p>
        {t("from")} {link ? <Link href={link}>{uri}</Link> : uri}
      </p>
      <p>{facts.join(" · ")}</p>
      {labels.length > 0 ? (
        <p class="row">
          {labels.map(([key, value]) => (
            <span key={key} class="badge">
              {value ? `${key}: ${value}` : key}
            </span>
          ))}
        </p>
      ) : null}
    </div>
  );
}

function Actions({ row, isDefault, onDefault, onScale, onDelete }: Props): JSX.Element {
  const { name, version } = row;
  const ready = version.state === "READY";
  return (
    <div class="row version-actions">
      {ready && !isDefault ? (
        <button
          type="button"
          class="button small"
          aria-label={t("makeDefaultOne", { name })}
          onClick={onDefault}
        >
          {t("makeDefault")}
        </button>
      ) : null}
      {ready ? (
        <button type="button" class="button small" aria-label={t("scalingOne", { name })} onClick={onScale}>
          {t("scaling")}
        </button>
      ) : null}
      <button
        type="button"
        class="button small danger"
        aria-label={t("deleteOne", { name })}
        onClick={onDelete}
      >
        {t("delete")}
      </button>
    </div>
  );
}
