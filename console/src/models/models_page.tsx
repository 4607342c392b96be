import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import type { ModelJson } from "~/api/gen/mlengine/ml/v1/model_pb";
import { ApiError } from "~/api/http";
import { pages } from "~/api/resources";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { CopyButton } from "~/ui/copy_button";
import { Icon } from "~/ui/icons";
import { Empty, ErrorNotice, Loading } from "~/ui/notices";
import { useProject } from "~/ui/use_query";
import { CreateModelDialog } from "./create_model_dialog";
import { t } from "./messages";
import { listModels, shortName } from "./model_calls";
import "./models.css";
import { ModelTable } from "./model_table";
import { loadServing, type Serving } from "./serving";

/** So many at first, and so many more at a time: each has figures that are asked for. */
const step = 50;
const atOnce = 6;

export interface ModelRow {
  name: string;
  model: ModelJson;
  serving?: Serving;
}

interface Models {
  rows: ModelRow[];
  total: number;
}

async function loadRows(project: string, most: number, signal: AbortSignal): Promise<Models> {
  const models = await listModels(project, signal);
  const rows: ModelRow[] = models.slice(0, most).map((model) => ({ name: shortName(model.name), model }));
  const left = [...rows];
  const worker = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      try {
        row.serving = await loadServing(project, row.name, signal);
      } catch (error) {
        // Deleted meanwhile.
        if (!(error instanceof ApiError && error.httpStatus === 404)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { rows, total: models.length };
}

/** /ui/models: every model of the project, live. */
export function ModelsPage(): JSX.Element {
  const project = useProject();
  const [, navigate] = useLocation();
  const [most, setMost] = useState(step);
  const [making, setMaking] = useState(false);
  const load = useCallback((signal: AbortSignal) => loadRows(project, most, signal), [project, most]);
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
        {data?.total === 0 ? (
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
        {data && data.total > 0 ? <ModelTable project={project} rows={data.rows} /> : null}
        {data && data.total > data.rows.length ? (
          <p>
            <button type="button" class="button" onClick={() => setMost(most + step)}>
              {t("moreModels", { n: Math.min(step, data.total - data.rows.length) })}
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
