import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatBytes, formatCount } from "~/i18n/format";
import { Icon } from "~/ui/icons";
import { t } from "./messages";
import type { ModelDetail } from "./model_calls";
import { errorsLately, rateNow, rateText } from "./rates";
import { memoryOf } from "./serving";

interface Props {
  detail: ModelDetail;
  onCreate: () => void;
  onDelete: () => void;
}

/** What a model is and does now, and what can be done to it. */
export function ModelHeader({ detail, onCreate, onDelete }: Props): JSX.Element {
  const { project, name, model, serving } = detail;
  const { versions, at } = serving;
  const processes = versions.flatMap((version) => version.processes);
  const memory = versions.reduce((sum, version) => sum + memoryOf(version), 0);
  const underWay = versions.reduce((sum, version) => sum + version.requests, 0);
  const waiting = versions.reduce((sum, version) => sum + version.waiting, 0);
  return (
    <>
      <nav class="model-crumbs" aria-label={t("models")}>
        <Link href={pages.models(project)}>{t("models")}</Link>
      </nav>
      <div class="page-head">
        <h1 class="model-name">{name}</h1>
        <button type="button" class="button primary" onClick={onCreate}>
          <Icon name="plus" />
          {t("createVersion")}
        </button>
        <button type="button" class="button danger" onClick={onDelete}>
          {t("deleteModel")}
        </button>
      </div>
      {model.description ? <p class="quiet model-described">{model.description}</p> : null}
      <dl class="card model-facts">
        <Fact name={t("defaultVersion")}>
          {serving.defaultVersion || <span class="quiet">{t("noneReady")}</span>}
        </Fact>
        <Fact name={t("perSecond")}>{rateText(rateNow(versions, at))}</Fact>
        <Fact name={t("underWay")}>
          {formatCount(underWay)}
          {waiting > 0 ? <small> {t("waitingNow", { n: waiting })}</small> : null}
        </Fact>
        <Fact name={t("errorsHour")}>{formatCount(errorsLately(versions))}</Fact>
        <Fact name={t("processes")}>
          {formatCount(processes.length)}
          {processes.length > 0 ? <small> {formatBytes(memory)}</small> : null}
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
