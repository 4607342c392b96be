import type { JSX } from "preact";
import { Empty, Loading } from "~/ui/notices";
import { stoppedText } from "./log_footer";
import type { LogModel } from "./log_model";
import { t } from "./messages";

interface NoLinesProps {
  model: LogModel;
  filtered: boolean;
  /** Why the job is where it is. */
  why: string | undefined;
  onClear: () => void;
}

/** What stands where no line is, and what would bring one. */
export function NoLines({ model, filtered, why, onClear }: NoLinesProps): JSX.Element | null {
  if (model.fault !== undefined) return null;
  if (model.opening) return <div class="log-empty">{model.searched === undefined ? <Loading /> : null}</div>;
  if (model.stopped && !model.stopped.seeking)
    return (
      <div class="log-empty">
        <Empty title={stoppedText(model, model.stopped)}>
          <p>
            <button type="button" class="button small" onClick={() => model.goOn()}>
              {t("moreSearch")}
            </button>
          </p>
        </Empty>
      </div>
    );
  if (filtered)
    return (
      <div class="log-empty">
        <Empty title={t("nonePass")}>
          {model.ended ? null : <p>{t("nonePassHint")}</p>}
          <p>
            <button type="button" class="button small" onClick={onClear}>
              {t("clear")}
            </button>
          </p>
        </Empty>
      </div>
    );
  return (
    <div class="log-empty">
      {model.ended ? (
        <Empty title={t("none")}>
          <p>{t("noneHint")}</p>
        </Empty>
      ) : (
        <Empty title={t("waiting")}>
          <p>{t("waitingHint")}</p>
          {why ? <p>{why}</p> : null}
        </Empty>
      )}
    </div>
  );
}
