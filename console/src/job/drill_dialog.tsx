import type { JSX } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice } from "~/ui/notices";
import { Options } from "~/ui/options";
import { toast } from "~/ui/toasts";
import { t } from "./drill_messages";
import { beginDrill, type DrillWish, forecastDrill } from "./drills";
import type { JobDetail } from "./job_detail";
import { replicasOf } from "./replicas";

interface DrillDialogProps {
  detail: JobDetail;
  onDone: () => void;
  onClose: () => void;
}

/** Asks what is to be lost, says what that will do and cost at most, and begins it. */
export function DrillDialog({ detail, onDone, onClose }: DrillDialogProps): JSX.Element {
  const { project } = detail;
  const job = detail.job.jobId ?? "";
  const replicas = replicasOf(detail.attempts.at(-1)).map((one) => `${one.role}:${one.index}`);
  const [action, setAction] = useState<DrillWish["action"]>("kill");
  const [replica, setReplica] = useState(
    replicas.find((one) => one.startsWith("worker")) ?? replicas[0] ?? "",
  );
  const key = useMemo(() => `console-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`, []);
  const wish = useMemo<DrillWish>(
    () => (action === "kill" ? { action, replica } : { action }),
    [action, replica],
  );
  const load = useCallback(
    (signal: AbortSignal) => forecastDrill(project, job, wish, signal),
    [project, job, wish],
  );
  const forecast = useLive(load, 10_000);
  const begin = async () => {
    const drill = await beginDrill(project, job, wish, key);
    toast(t("begun", { n: drill.drill }));
    onDone();
  };
  return (
    <Dialog title={t("title", { job })} action={t("begin")} danger onAction={begin} onClose={onClose}>
      <p class="quiet">{t("intro")}</p>
      <fieldset class="choices">
        <legend class="hidden-text">{t("action")}</legend>
        {(["kill", "preempt"] as const).map((one) => (
          <label key={one} class="row">
            <input
              type="radio"
              name="action"
              value={one}
              checked={action === one}
              onChange={() => setAction(one)}
            />
            {t(one)}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span class="label">{t("replica")}</span>
        <select
          class="select"
          value={replica}
          disabled={action !== "kill"}
          onChange={(event) => setReplica(event.currentTarget.value)}
        >
          <Options names={replicas} />
        </select>
      </label>
      <div class="forecast" aria-live="polite">
        <h3>{t("forecast")}</h3>
        {forecast.error ? (
          <ErrorNotice error={forecast.error} />
        ) : (
          (forecast.data?.sentences ?? [t("forecasting")]).map((sentence) => <p key={sentence}>{sentence}</p>)
        )}
      </div>
    </Dialog>
  );
}
