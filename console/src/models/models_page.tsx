import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { pages } from "~/api/resources";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { CopyButton } from "~/ui/copy_button";
import { Icon } from "~/ui/icons";
import { Empty, ErrorNotice, Loading } from "~/ui/notices";
import { useProject } from "~/ui/use_query";
import { CreateModelDialog } from "./create_model_dialog";
import { t } from "./messages";
import "./models.css";
import { ModelTable } from "./model_table";
import { loadModels } from "./serving";

/** So many at first, and so many more at a time. */
const step = 50;

/** /ui/models: every model of the project, live. */
export function ModelsPage(): JSX.Element {
  const project = useProject();
  const [, navigate] = useLocation();
  const [most, setMost] = useState(step);
  const [making, setMaking] = useState(false);
  const load = useCallback((signal: AbortSignal) => loadModels(project, most, signal), [project, most]);
  const { data, error, refresh } = useLive(load, 3000);
  const command = `mlengine models deploy JOB${project === "default" ? "" : ` --project=${project}`}`;
  return (
    <>
      <div class="page-head">
        <h1>{t("models")}</h1>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          <Icon name="plus" />
          {t("createModel")}
        </button>
      </div>
      <div class="stack">
        <ErrorNotice error={error} onRetry={refresh} />
        {!data && !error ? <Loading /> : null}
        {data?.models.length === 0 ? (
          <section class="card">
            <Empty title={t("noModels")}>
              <p>{t("noModelsHint")}</p>
              <p class="models-command">
                <code>{command}</code>
                <CopyButton text={command} label={word("copy")} />
              </p>
              <p>{t("noModelsForm")}</p>
            </Empty>
          </section>
        ) : null}
        {data && data.models.length > 0 ? <ModelTable project={project} data={data} /> : null}
        {data?.more ? (
          <p>
            <button type="button" class="button" onClick={() => setMost(most + step)}>
              {t("moreModels")}
            </button>
          </p>
        ) : null}
      </div>
      {making ? (
        <CreateModelDialog
          project={project}
          onMade={(name) => navigate(pages.model(project, name))}
          onClose={() => setMaking(false)}
        />
      ) : null}
    </>
  );
}
