import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { JobJson } from "~/api/gen/mlengine/ml/v1/job_pb";
import { call, get } from "~/api/http";
import { paths } from "~/api/resources";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { toast } from "~/ui/toasts";
import type { JobDetail } from "./job_detail";
import { keyPattern, type LabelRow, labelsOf, rowsOf, sameLabels, valuePattern } from "./labels";
import { t } from "./overview_messages";

interface LabelsProps {
  detail: JobDetail;
  onChange: () => void;
}

function Row({ row, onRow }: { row: LabelRow; onRow: (row: LabelRow | undefined) => void }): JSX.Element {
  return (
    <div class="label-row">
      <input
        class="input"
        aria-label={t("labelKey")}
        value={row.key}
        pattern={keyPattern}
        title={t("labelRules")}
        required
        onInput={(event) => onRow({ ...row, key: event.currentTarget.value })}
      />
      <span aria-hidden="true">=</span>
      <input
        class="input"
        aria-label={t("labelValue")}
        value={row.value}
        pattern={valuePattern}
        title={t("labelRules")}
        onInput={(event) => onRow({ ...row, value: event.currentTarget.value })}
      />
      <button
        type="button"
        class="button plain small"
        aria-label={t("removeLabel", { key: row.key })}
        onClick={() => onRow(undefined)}
      >
        <Icon name="cross" size={14} />
      </button>
    </div>
  );
}

function LabelsDialog({ detail, onChange, onClose }: LabelsProps & { onClose: () => void }): JSX.Element {
  const [opened] = useState(detail.job.labels);
  const [rows, setRows] = useState(() => rowsOf(detail.job.labels));
  const path = paths.job(detail.project, detail.job.jobId ?? "");
  const save = async () => {
    // The etag holds against changes between this look and the patch; those before it only when they are of labels.
    const { etag, labels } = await get<JobJson>(path);
    if (!sameLabels(labels, opened)) throw new Error(t("labelsChanged"));
    await call("PATCH", path, {
      query: { updateMask: "labels,etag" },
      body: { labels: labelsOf(rows), etag },
    });
    toast(t("labelsSaved"));
    onChange();
  };
  return (
    <Dialog title={t("editLabels")} action={t("saveLabels")} onAction={save} onClose={onClose}>
      <p class="quiet">{t("labelRules")}</p>
      {rows.map((row, n) => (
        <Row
          key={n}
          row={row}
          onRow={(next) =>
            setRows((all) => all.flatMap((one, k) => (k === n ? (next ? [next] : []) : [one])))
          }
        />
      ))}
      <div>
        <button
          type="button"
          class="button small"
          onClick={() => setRows((all) => [...all, { key: "", value: "" }])}
        >
          <Icon name="plus" size={14} />
          {t("addLabel")}
        </button>
      </div>
    </Dialog>
  );
}

/** The labels of a job, the only thing of it that can be changed. */
export function LabelsCard(props: LabelsProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const rows = rowsOf(props.detail.job.labels);
  return (
    <section class="card" aria-labelledby="labels-head">
      <div class="card-head">
        <h2 id="labels-head">{t("labels")}</h2>
        <button type="button" class="button small" onClick={() => setOpen(true)}>
          {t("editLabels")}
        </button>
      </div>
      {rows.length === 0 ? <p class="quiet">{t("noLabels")}</p> : null}
      <ul class="chips">
        {rows.map((row) => (
          <li key={row.key} class="chip">
            <span class="quiet">{row.key}</span> {row.value}
          </li>
        ))}
      </ul>
      {open ? <LabelsDialog {...props} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}
