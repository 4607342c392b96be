import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { address, call } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { CopyButton } from "~/ui/copy_button";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { isOver } from "~/ui/state_badge";
import { toast } from "~/ui/toasts";
import { commandOf } from "./command";
import { DrillDialog } from "./drill_dialog";
import type { JobDetail } from "./job_detail";
import { t } from "./messages";
import { PredictionCloneDialog } from "./prediction_clone_dialog";
import { predictionCommandOf } from "./prediction_command";

type Open = "cancel" | "clone" | "drill" | undefined;

/** What can be done to a job and with it. */
export function JobActions({ detail, onChange }: { detail: JobDetail; onChange: () => void }): JSX.Element {
  const [open, setOpen] = useState<Open>();
  const { job, project } = detail;
  const id = job.jobId ?? "";
  const over = isOver(job.state);
  const trains = job.predictionInput === undefined;
  const close = () => setOpen(undefined);
  const cancel = async () => {
    await call("POST", `${paths.job(project, id)}:cancel`, { body: {} });
    toast(t("cancelled"));
    onChange();
  };
  return (
    <div class="row job-actions" role="group" aria-label={t("actions")}>
      {over ? null : (
        <button
          type="button"
          class="button danger"
          disabled={job.state === "CANCELLING"}
          onClick={() => setOpen("cancel")}
        >
          <Icon name="stop" />
          {t("cancelJob")}
        </button>
      )}
      {trains ? (
        <Link class="button" href={pages.submit(project, id)}>
          <Icon name="plus" />
          {t("clone")}
        </Link>
      ) : (
        <button type="button" class="button" onClick={() => setOpen("clone")}>
          <Icon name="plus" />
          {t("clone")}
        </button>
      )}
      {trains && job.state === "RUNNING" ? (
        <button type="button" class="button" onClick={() => setOpen("drill")}>
          <Icon name="warning" />
          {t("drill")}
        </button>
      ) : null}
      <Link class="button" href={pages.jobLog(project, id)}>
        <Icon name="jobs" />
        {t("fullLog")}
      </Link>
      <a class="button" href={address(paths.ownJob(project, id, "/log"), { format: "text" })} download>
        <Icon name="download" />
        {t("downloadLog")}
      </a>
      <CopyButton
        text={trains ? commandOf(job) : predictionCommandOf(job, project, "mlengine")}
        label={t("copyCommand")}
      />
      {open === "cancel" ? (
        <Dialog
          title={t("cancelTitle", { job: id })}
          action={t("cancelJob")}
          danger
          onAction={cancel}
          onClose={close}
        >
          <p>{t("cancelText")}</p>
        </Dialog>
      ) : null}
      {open === "clone" ? <PredictionCloneDialog detail={detail} onClose={close} /> : null}
      {open === "drill" ? <DrillDialog detail={detail} onDone={onChange} onClose={close} /> : null}
    </div>
  );
}
