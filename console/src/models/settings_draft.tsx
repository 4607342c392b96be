import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ErrorNotice } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import type { ModelDetail } from "./model_calls";
import { changeServing, type ServingChange } from "./serving";

export interface SettingsProps {
  detail: ModelDetail;
  onChange: () => void;
}

/** What a person has changed of a model's settings and not saved yet. */
export function useDraft<D>({ detail, onChange }: SettingsProps) {
  const [draft, setDraft] = useState<D>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const undo = () => {
    setDraft(undefined);
    setError(undefined);
  };
  const save = async (event: Event, change: ServingChange) => {
    event.preventDefault();
    setBusy(true);
    try {
      await changeServing(detail.project, detail.name, change);
      undo();
      toast(t("saved"));
      onChange();
    } catch (fault) {
      setError(fault);
    }
    setBusy(false);
  };
  return { draft, setDraft, error, busy, undo, save };
}

interface EndProps {
  error: unknown;
  changed: boolean;
  canSave: boolean;
  onUndo: () => void;
}

/** The end of a form of settings: what went wrong, and the buttons that save or undo. */
export function DraftEnd({ error, changed, canSave, onUndo }: EndProps): JSX.Element {
  return (
    <>
      <ErrorNotice error={error} />
      <div class="row">
        <button type="submit" class="button primary" disabled={!changed || !canSave}>
          {t("save")}
        </button>
        <button type="button" class="button" disabled={!changed} onClick={onUndo}>
          {t("reset")}
        </button>
      </div>
    </>
  );
}
