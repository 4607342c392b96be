import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { ConfigYaml } from "./config_yaml";
import { GsLink } from "./input_card";
import type { JobDetail } from "./job_detail";
import { modelOf } from "./prediction_command";
import { t } from "./prediction_messages";

function ModelFact({ detail }: { detail: JobDetail }): JSX.Element {
  const { uri, modelName, versionName } = detail.job.predictionInput ?? {};
  if (uri) return <GsLink project={detail.project} address={uri} />;
  const { model, version } = modelOf(versionName ?? modelName ?? "");
  return (
    <>
      <Link href={pages.model(detail.project, model)}>{model}</Link>
      {version ? ` ${version}` : ""}
    </>
  );
}

/** What a batch prediction was asked for. */
export function PredictionInputCard({ detail }: { detail: JobDetail }): JSX.Element {
  const input = detail.job.predictionInput ?? {};
  return (
    <section class="card" aria-labelledby="input-head">
      <div class="card-head">
        <h2 id="input-head">{t("input")}</h2>
      </div>
      <dl class="facts">
        <dt>{t("model")}</dt>
        <dd>
          <ModelFact detail={detail} />
        </dd>
        <dt>{t("files")}</dt>
        <dd>
          {(input.inputPaths ?? []).map((path) => (
            <div key={path} class="mono">
              {path}
            </div>
          ))}
        </dd>
        <dt>{t("format")}</dt>
        <dd>{input.dataFormat ?? "JSON"}</dd>
        <dt>{t("batch")}</dt>
        <dd>{input.batchSize ?? "64"}</dd>
        {input.signatureName ? (
          <>
            <dt>{t("signature")}</dt>
            <dd>{input.signatureName}</dd>
          </>
        ) : null}
        <dt>{t("runtime")}</dt>
        <dd>{detail.runtime || input.runtimeVersion || "–"}</dd>
        <dt>{t("region")}</dt>
        <dd>{input.region ?? "–"}</dd>
      </dl>
      <ConfigYaml job={detail.job} />
    </section>
  );
}

/** How much of it is answered, and where. */
export function PredictionOutputCard({ detail }: { detail: JobDetail }): JSX.Element {
  const output = detail.job.predictionOutput ?? {};
  const folder = output.outputPath ?? detail.job.predictionInput?.outputPath ?? "";
  return (
    <section class="card" aria-labelledby="output-head">
      <div class="card-head">
        <h2 id="output-head">{t("output")}</h2>
      </div>
      <dl class="facts">
        <dt>{t("folder")}</dt>
        <dd>
          <GsLink project={detail.project} address={folder} />
        </dd>
        <dt>{t("predictions")}</dt>
        <dd>{formatCount(Number(output.predictionCount ?? 0))}</dd>
        <dt>{t("errors")}</dt>
        <dd>{formatCount(Number(output.errorCount ?? 0))}</dd>
      </dl>
    </section>
  );
}
