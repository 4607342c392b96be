import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { FaultLines } from "~/submit/field";
import { t } from "./messages";
import { DraftEnd, type SettingsProps, useDraft } from "./settings_draft";
import { draftOf, isPercent, isSame, restOf, type ShareDraft, sharesOf } from "./traffic_shares";

/** Which version answers how much of what is asked of the model. */
export function TrafficCard(props: SettingsProps): JSX.Element {
  const { serving, versions: rows } = props.detail;
  const { draft, setDraft, error, busy, undo, save } = useDraft<ShareDraft>(props);
  const faultId = useId();
  const set = serving.settings.traffic;
  const shown = draft ?? draftOf(set);
  const versions = rows
    .filter((one) => one.version.state === "READY" || one.name in shown)
    .map((one) => one.name);
  const rest = restOf(shown, versions);
  const faults = [
    ...(versions.every((version) => isPercent(shown[version] ?? "")) ? [] : [t("percentFault")]),
    ...(rest < 0 ? [t("tooMuch", { n: 100 - rest })] : []),
  ];
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
        <form class="traffic" onSubmit={(event) => save(event, { traffic: sharesOf(shown, versions) })}>
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
          <DraftEnd error={error} changed={changed} canSave={!busy && faults.length === 0} onUndo={undo} />
        </form>
      )}
    </section>
  );
}
