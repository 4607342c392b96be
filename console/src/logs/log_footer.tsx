import type { JSX } from "preact";
import { formatBytes, formatCount, formatSeconds, formatTime } from "~/i18n/format";
import { now } from "~/live/clock";
import { numberOf } from "./log_entry";
import { type LogModel, late, type StoppedSearch } from "./log_model";
import { t } from "./messages";

interface LogFooterProps {
  model: LogModel;
  /** Goes on with a search that was stopped. */
  onGoOn: () => void;
}

export const stoppedText = ({ count }: LogModel, { searched }: StoppedSearch): string =>
  t("stopped", { gone: Math.min(searched, count), count });

function Status({ model, onGoOn }: LogFooterProps): JSX.Element {
  void now.value; // the delay is read again each second
  if (model.searched !== undefined)
    return (
      <>
        <span class="spinner" aria-hidden="true" />
        {t("searching", { gone: Math.min(model.searched, model.count), count: model.count })}
        <button type="button" class="button small" onClick={() => model.stopSearch()}>
          {t("stop")}
        </button>
      </>
    );
  if (model.stopped)
    return (
      <>
        {stoppedText(model, model.stopped)}
        <button type="button" class="button small" onClick={onGoOn}>
          {t("moreSearch")}
        </button>
      </>
    );
  if (model.ended) return <span title={t("completeHint")}>{t("complete")}</span>;
  if (!model.following) return <span>{t("paused")}</span>;
  if (!model.feed.connected) return <span>{t("connecting")}</span>;
  const p99 = model.feed.delays.p99();
  if (model.feed.lag > late && model.unseen > 0)
    return (
      <>
        <span class="log-late">{t("behind", { n: model.unseen })}</span>
        <button type="button" class="button small" onClick={() => model.skip()}>
          {t("jumpEnd")}
        </button>
      </>
    );
  return (
    <>
      <span class="log-dot" aria-hidden="true" />
      {t("live")}
      {Number.isNaN(p99) ? null : (
        <span class="quiet" title={t("delayHint")} data-delay={p99}>
          {t("delay", { time: formatSeconds(p99 / 1000) })}
        </span>
      )}
    </>
  );
}

/** Where one is in the whole, and how things stand. */
export function LogFooter({ model, onGoOn }: LogFooterProps): JSX.Element {
  void model.version.value;
  const { first, last } = model.visible.value;
  const { window } = model;
  const position =
    first && last && window.entries.length > 0
      ? t("lines", {
          from: numberOf(first.insertId) + 1,
          to: numberOf(last.insertId) + 1,
          count: model.count,
        })
      : t("noLines");
  return (
    <div class="log-footer">
      <span
        class="log-position"
        title={`${formatCount(window.entries.length)} · ${formatBytes(window.size)}`}
      >
        {position}
      </span>
      {first ? <span class="quiet log-when">{formatTime(first.timestamp)}</span> : null}
      <span class="spread" />
      <span class="log-status">
        <Status model={model} onGoOn={onGoOn} />
      </span>
    </div>
  );
}
