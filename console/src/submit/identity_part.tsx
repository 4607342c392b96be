import type { JSX } from "preact";
import { Icon } from "~/ui/icons";
import { type Draft, withJobId } from "./draft";
import { FaultLines, type PartProps, TextField } from "./field";
import { t } from "./messages";

/** The job's id and its labels. */
export function IdentityPart({ draft, change, at }: PartProps<Draft>): JSX.Element {
  const changeLabel = (which: number, part: Partial<Draft["labels"][number]>) =>
    change((before) => ({
      ...before,
      labels: before.labels.map((label, n) => (n === which ? { ...label, ...part } : label)),
    }));
  return (
    <section class="card stack">
      <h2>{t("identity")}</h2>
      <TextField
        label={t("jobId")}
        hint={t("jobIdHint")}
        faults={at("jobId")}
        class="input mono"
        value={draft.jobId}
        autocomplete="off"
        spellcheck={false}
        maxLength={128}
        onValue={(jobId) => change((before) => withJobId(before, jobId))}
      />
      <fieldset class="field submit-group">
        <legend class="label">{t("labels")}</legend>
        {draft.labels.map((label, n) => (
          <div class="submit-label" key={n}>
            <input
              class="input"
              aria-label={`${t("labelKey")} ${n + 1}`}
              placeholder={t("labelKey")}
              value={label.key}
              onInput={(event) => changeLabel(n, { key: event.currentTarget.value })}
            />
            <input
              class="input"
              aria-label={`${t("labelValue")} ${n + 1}`}
              placeholder={t("labelValue")}
              value={label.value}
              onInput={(event) => changeLabel(n, { value: event.currentTarget.value })}
            />
            <button
              type="button"
              class="button plain"
              aria-label={t("removeLabel", { name: label.key || String(n + 1) })}
              onClick={() =>
                change((before) => ({ ...before, labels: before.labels.filter((_, other) => other !== n) }))
              }
            >
              <Icon name="cross" />
            </button>
          </div>
        ))}
        <div>
          <button
            type="button"
            class="button small"
            onClick={() =>
              change((before) => ({ ...before, labels: [...before.labels, { key: "", value: "" }] }))
            }
          >
            <Icon name="plus" size={14} />
            {t("addLabel")}
          </button>
        </div>
        <FaultLines faults={at("labels")} />
      </fieldset>
    </section>
  );
}
