import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Field } from "~/submit/field";
import { ErrorNotice } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { FolderPicker } from "./folder_picker";
import { t } from "./messages";
import type { ModelDetail } from "./model_calls";
import { changeServing, type ServingChange, type ServingSettings } from "./serving";

interface Draft {
  logs: boolean;
  folder: string;
  sample: string;
  separate: boolean;
}

const draftOf = ({ requestLogging, separateRuns }: ServingSettings): Draft => ({
  logs: requestLogging !== undefined,
  folder: requestLogging?.folder ?? "",
  sample: requestLogging ? String(requestLogging.samplePercent) : "1",
  separate: separateRuns,
});

const changeOf = (draft: Draft): ServingChange => ({
  separateRuns: draft.separate,
  requestLogging: draft.logs
    ? { folder: draft.folder.trim(), samplePercent: Number(draft.sample.trim() || Number.NaN) }
    : null,
});

interface Props {
  detail: ModelDetail;
  onChange: () => void;
}

/** What of the requests is kept, and whether they share runs. */
export function SettingsCard({ detail, onChange }: Props): JSX.Element {
  const { project, name, serving } = detail;
  const [draft, setDraft] = useState<Draft>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const set = draftOf(serving.settings);
  const shown = draft ?? set;
  const change = (next: Partial<Draft>) => setDraft({ ...shown, ...next });
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await changeServing(project, name, changeOf(shown));
      setDraft(undefined);
      setError(undefined);
      toast(t("saved"));
      onChange();
    } catch (fault) {
      setError(fault);
    }
    setBusy(false);
  };
  const changed = draft !== undefined && JSON.stringify(draft) !== JSON.stringify(set);
  return (
    <section class="card" aria-label={t("settings")}>
      <div class="card-head">
        <h2>{t("settings")}</h2>
      </div>
      <form class="model-choices" onSubmit={save}>
        <label class="model-choice">
          <input
            type="checkbox"
            checked={shown.logs}
            onChange={(event) => change({ logs: event.currentTarget.checked })}
          />
          {t("logRequests")}
        </label>
        {shown.logs ? (
          <>
            <FolderPicker
              project={project}
              value={shown.folder}
              onChange={(folder) => change({ folder })}
              label={t("logFolder")}
              hint=""
            />
            <Field label={t("logSample")}>
              {(attributes) => (
                <input
                  {...attributes}
                  class="input model-small"
                  inputMode="decimal"
                  value={shown.sample}
                  onInput={(event) => change({ sample: event.currentTarget.value })}
                />
              )}
            </Field>
          </>
        ) : null}
        <div>
          <label class="model-choice">
            <input
              type="checkbox"
              checked={shown.separate}
              onChange={(event) => change({ separate: event.currentTarget.checked })}
            />
            {t("separateRuns")}
          </label>
          <p class="quiet">{t("separateRunsHint")}</p>
        </div>
        <ErrorNotice error={error} />
        <div class="row">
          <button type="submit" class="button primary" disabled={busy || !changed}>
            {t("save")}
          </button>
          <button
            type="button"
            class="button"
            disabled={!changed}
            onClick={() => {
              setDraft(undefined);
              setError(undefined);
            }}
          >
            {t("reset")}
          </button>
        </div>
      </form>
    </section>
  );
}
