import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { FaultLines } from "~/submit/field";
import { ErrorNotice } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import type { ModelDetail } from "./model_calls";
import { changeServing } from "./serving";
import { draftOf, isPercent, isSame, restOf, type ShareDraft, sharesOf } from "./traffic_shares";

interface Props {
  detail: ModelDetail;
  onChange: () => void;
}

/** Which version answers how much of what is asked of the model. */
export function TrafficCard({ detail, onChange }: Props): JSX.Element {
  const { project, name, serving } = detail;
  const [draft, setDraft] = useState<ShareDraft>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const faultId = useId();
  const set = serving.settings.traffic;
  const shown = draft ?? draftOf(set);
  const versions = detail.versions
    .filter((one) => one.version.state === "READY" || one.name in shown)
    .map((one) => one.name);
  const rest = restOf(shown, versions);
  const faults = [
    ...(versions.every((version) => isPercent(shown[version] ?? "")) ? [] : [t("percentFault")]),
    ...(rest < 0 ? [t("tooMuch", { n: 100 - rest })] : []),
  ];
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await changeServing(project, name, { traffic: sharesOf(shown, versions) });
      setDraft(undefined);
      setError(undefined);
      toast(t("saved"));
      onChange();
    } catch (fault) {
      setError(fault);
    }
    setBusy(false);
  };
  const changed = draft !== undefined && !isSame(draft, set);
  return (
    <section class="card" aria-label={t("traffic")}>
      <div class="card-head">
        <h2>{t("traffic")}</h2>
      </div>
      <p class="quiet model-lead">{t("trafficHint")}</p>
      {versions.length < 2 && set.length === 0 ? (
        <p class="quiet">{t("oneVersion")}</p>
      ) : (
        <form class="traffic" onSubmit={save}>
          {versions.map((version) => (
            <label key={version} class="traffic-line">
              <span class="mono">{version}</span>
              <span class="traffic-box">
                <input
                  class="input number"
                  inputMode="numeric"
                  aria-label={t("shareOf", { name: version })}
                  aria-invalid={isPercent(shown[version] ?? "") ? undefined : "true"}
                  aria-describedby={faultId}
                  placeholder="0"
                  value={shown[version] ?? ""}
                  onInput={(event) => setDraft({ ...shown, [version]: event.currentTarget.value })}
                />
                {t("percent")}
              </span>
            </label>
          ))}
          <p class="traffic-line traffic-rest">
            <span>
              {serving.defaultVersion ? t("rest", { name: serving.defaultVersion }) : t("restNone")}
            </span>
            <span class="number" data-rest={rest}>
              {Math.max(0, rest)} {t("percent")}
            </span>
          </p>
          <div class="field">
            <FaultLines id={faultId} faults={faults} />
          </div>
          <ErrorNotice error={error} />
          <div class="row">
            <button type="submit" class="button primary" disabled={busy || !changed || faults.length > 0}>
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
      )}
    </section>
  );
}
