import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { Fact } from "~/ui/facts";
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
        <Fact name={t("model")}>
          <ModelFact detail={detail} />
        </Fact>
        <Fact name={t("files")}>
          {(input.inputPaths ?? []).map((path) => (
            <div key={path} class="mono">
              {path}
            </div>
          ))}
        </Fact>
        <Fact name={t("format")}>{input.dataFormat ?? "JSON"}</Fact>
        <Fact name={t("batch")}>{input.batchSize ?? "64"}</Fact>
        {input.signatureName ? <Fact name={t("signature")}>{input.signatureName}</Fact> : null}
        <Fact name={t("runtime")}>{detail.runtime || input.runtimeVersion || "–"}</Fact>
        <Fact name={t("region")}>{input.region ?? "–"}</Fact>
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
        <Fact name={t("folder")}>
          <GsLink project={detail.project} address={folder} />
        </Fact>
        <Fact name={t("predictions")}>{formatCount(Number(output.predictionCount ?? 0))}</Fact>
        <Fact name={t("errors")}>{formatCount(Number(output.errorCount ?? 0))}</Fact>
      </dl>
    </section>
  );
}
