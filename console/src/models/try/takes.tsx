import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { t } from "./messages";
import { instanceFor, loadSignature, signatureOf } from "./signature";
import type { Trial } from "./use_try";

interface Props {
  project: string;
  model: string;
  /** Of which the model's answer comes when the request names none. */
  version: string;
  trial: Trial;
}

/** What the version takes and gives, as its files say it. Without them the form works as well. */
export function Takes({ project, model, version, trial }: Props): JSX.Element | null {
  const load = useCallback(
    (signal: AbortSignal) => loadSignature(project, model, version, signal),
    [project, model, version],
  );
  const { data } = useLive(load, 0);
  if (!data) return null;
  const signature = signatureOf(data, trial.signature);
  const example = signature && trial.way === "text" ? instanceFor(signature) : undefined;
  const [first] = signature?.inputs ?? [];
  const field = trial.way === "file" && signature?.inputs.length === 1 ? first?.name : undefined;
  return (
    <p class="row try-hint">
      {signature ? (
        <span>
          {t("takes")} <code>{signature.text}</code>
        </span>
      ) : data.signatures ? (
        <span>{t("signatures", { names: data.signatures.map((one) => one.name).join(", ") })}</span>
      ) : (
        <span>
          {t("takes")} <span lang="en">{data.instance}</span>
        </span>
      )}
      {example === undefined || trial.text.trim() !== "" ? null : (
        <button type="button" class="button small" onClick={() => trial.change({ text: example })}>
          {t("useExample")}
        </button>
      )}
      {field === undefined || trial.field.trim() !== "" ? null : (
        <button type="button" class="button small" onClick={() => trial.setField(field)}>
          {t("useField")}
        </button>
      )}
    </p>
  );
}
