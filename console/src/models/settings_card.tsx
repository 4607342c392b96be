import type { JSX } from "preact";
import { TextField } from "~/submit/field";
import { FolderPicker } from "./folder_picker";
import { t } from "./messages";
import type { ServingChange, ServingSettings } from "./serving";
import { DraftEnd, type SettingsProps, useDraft } from "./settings_draft";

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

/** What of the requests is kept, and whether they share runs. */
export function SettingsCard(props: SettingsProps): JSX.Element {
  const { project, serving } = props.detail;
  const { draft, setDraft, error, busy, undo, save } = useDraft<Draft>(props);
  const set = draftOf(serving.settings);
  const shown = draft ?? set;
  const change = (next: Partial<Draft>) => setDraft({ ...shown, ...next });
  const changed = draft !== undefined && JSON.stringify(draft) !== JSON.stringify(set);
  return (
    <section class="card" aria-label={t("settings")}>
      <div class="card-head">
        <h2>{t("settings")}</h2>
      </div>
      <form class="model-choices" onSubmit={(event) => save(event, changeOf(shown))}>
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
            <TextField
              label={t("logSample")}
              class="input model-small"
              inputMode="decimal"
              value={shown.sample}
              onValue={(sample) => change({ sample })}
            />
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
        <DraftEnd error={error} changed={changed} canSave={!busy} onUndo={undo} />
      </form>
    </section>
  );
}
