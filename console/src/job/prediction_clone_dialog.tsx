import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { call, sentenceOf } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { word } from "~/i18n/words";
import { freeIdAfter, isTaken } from "~/submit/suggest_id";
import { Choices } from "~/ui/choices";
import { CopyButton } from "~/ui/copy_button";
import { Dialog } from "~/ui/dialog";
import { nextJobId } from "./command";
import type { JobDetail } from "./job_detail";
import { losesFormat, nextPrediction, predictionCommandOf, type Tool } from "./prediction_command";
import { t } from "./prediction_messages";

const tools: Tool[] = ["gcloud", "mlengine"];

/** The same prediction once more: under another id, with results where a person wants them. */
export function PredictionCloneDialog({
  detail,
  onClose,
}: {
  detail: JobDetail;
  onClose: () => void;
}): JSX.Element {
  const { job, project } = detail;
  const [, navigate] = useLocation();
  const [tool, setTool] = useState<Tool>("gcloud");
  const [wish, setWish] = useState(() => nextPrediction(job, nextJobId(job.jobId ?? "job")));
  const [fault, setFault] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the id that is there at first
  useEffect(() => {
    const first = wish;
    freeIdAfter(job.jobId ?? "job", (id) => isTaken(project, id)).then(
      // What was typed meanwhile stays.
      (id) => setWish((now) => (now === first ? nextPrediction(job, id) : now)),
      (error: unknown) => setFault(sentenceOf(error)),
    );
  }, []);
  const submit = async () => {
    const labels = Object.keys(job.labels ?? {}).length > 0 ? { labels: job.labels } : {};
    const body = {
      jobId: wish.jobId,
      ...labels,
      predictionInput: { ...job.predictionInput, outputPath: wish.outputPath },
    };
    await call("POST", paths.jobs(project), { body });
    navigate(pages.job(project, wish.jobId));
  };
  const command = predictionCommandOf(job, project, tool, wish);
  return (
    <Dialog
      title={t("cloneTitle", { job: job.jobId ?? "" })}
      action={t("submit")}
      onAction={submit}
      onClose={onClose}
    >
      <p class="quiet">{t("cloneText")}</p>
      <label class="field">
        <span class="label">{t("jobId")}</span>
        <input
          class="input mono"
          value={wish.jobId}
          onInput={(event) => setWish({ ...wish, jobId: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span class="label">{t("folder")}</span>
        <input
          class="input mono"
          value={wish.outputPath}
          onInput={(event) => setWish({ ...wish, outputPath: event.currentTarget.value })}
        />
      </label>
      {fault ? <p class="fault">{fault}</p> : null}
      <details class="fold">
        <summary>{t("sameCommand")}</summary>
        <div class="row tools">
          <Choices all={tools} chosen={tool} onChoose={setTool} />
          <CopyButton text={command} label={word("copy")} />
        </div>
        <pre class="lines command" tabIndex={0}>
          {command}
        </pre>
        {losesFormat(job, tool) ? <p class="quiet">{t("noCsv")}</p> : null}
      </details>
    </Dialog>
  );
}
