import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { Link, useLocation, useParams } from "wouter-preact";
import { ApiError } from "~/api/http";
import { pages } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { ErrorNotice, Loading } from "~/ui/notices";
import { useProject } from "~/ui/use_query";
import { CreateVersionDialog } from "./create_version_dialog";
import { DeleteModelDialog } from "./delete_dialogs";
import { HourCharts } from "./hour_charts";
import { t } from "./messages";
import { isMoving, loadModel, type ModelDetail } from "./model_calls";
import { ModelHeader } from "./model_header";
import "./models.css";
import { CreationNotices, useCreations } from "./creations";
import { SettingsCard } from "./settings_card";
import { TrafficCard } from "./traffic_card";
import { TryCard } from "./try/try_card";
import { VersionsCard } from "./versions_card";

function Body({ detail, onChange }: { detail: ModelDetail; onChange: () => void }): JSX.Element {
  const { project, name } = detail;
  const [, navigate] = useLocation();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const creations = useCreations(onChange);
  return (
    <>
      <ModelHeader detail={detail} onCreate={() => setCreating(true)} onDelete={() => setDeleting(true)} />
      <div class="stack">
        <CreationNotices creations={creations} />
        <VersionsCard detail={detail} onChange={onChange} onCreate={() => setCreating(true)} />
        <div class="model-halves">
          <TryCard detail={detail} onAnswer={onChange} />
          <div class="stack">
            <TrafficCard detail={detail} onChange={onChange} />
            <SettingsCard detail={detail} onChange={onChange} />
          </div>
        </div>
        <HourCharts detail={detail} />
      </div>
      {creating ? (
        <CreateVersionDialog
          detail={detail}
          onMade={(version, operation) => {
            creations.add(version, operation);
            onChange();
          }}
          onClose={() => setCreating(false)}
        />
      ) : null}
      {deleting ? (
        <DeleteModelDialog
          detail={detail}
          onDone={() => navigate(pages.models(project))}
          onClose={() => setDeleting(false)}
          key={name}
        />
      ) : null}
    </>
  );
}

/** /ui/models/M: one model, live. */
export function ModelPage(): JSX.Element {
  const { model = "" } = useParams<{ model: string }>();
  const project = useProject();
  const load = useCallback((signal: AbortSignal) => loadModel(project, model, signal), [project, model]);
  const [every, setEvery] = useState(2000);
  const { data, error, refresh } = useLive(load, every);
  const moving = data?.versions.some((one) => isMoving(one.version.state)) ?? false;
  useEffect(() => setEvery(moving ? 700 : 2000), [moving]);
  useEffect(() => {
    document.title = `${model} – mlengine`;
    return () => {
      document.title = "mlengine";
    };
  }, [model]);
  if (error instanceof ApiError && error.httpStatus === 404) {
    return (
      <div class="empty">
        <h1>{t("noModel", { model, project })}</h1>
        <p>{t("noModelHint")}</p>
        <p>
          <Link href={pages.models(project)}>{t("toModels")}</Link>
        </p>
      </div>
    );
  }
  if (data) return <Body key={`${project}/${model}`} detail={data} onChange={refresh} />;
  return (
    <>
      <h1 class="model-name">{model}</h1>
      {error ? <ErrorNotice error={error} onRetry={refresh} /> : <Loading />}
    </>
  );
}
