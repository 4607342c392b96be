import type { JSX } from "preact";
import { formatBytes } from "~/i18n/format";
import { Icon } from "~/ui/icons";
import { uriOf } from "../addresses";
import { t } from "../messages";
import { OverwriteDialog } from "./overwrite_dialog";
import { cancelUpload, clearUploads, isOpen, sendAgain, type Upload, uploads } from "./queue";

const mostShown = 100;

/** What is being uploaded, and what became of it. */
export function UploadDock(): JSX.Element | null {
  const all = uploads.value;
  if (all.length === 0) return null;
  const open = all.filter(isOpen);
  // What asks for attention first, then what is under way.
  const rank = (one: Upload) =>
    ["failed", "exists", "sending", "waiting", "cancelled", "done"].indexOf(one.state);
  const shown = [...all].sort((a, b) => rank(a) - rank(b)).slice(0, mostShown);
  return (
    <section class="upload-dock" aria-label={t("uploads")}>
      <div class="dock-head">
        <h2 role="status">{open.length > 0 ? t("uploadsOpen", { n: open.length }) : t("uploadsOver")}</h2>
        <button
          type="button"
          class="button small plain"
          disabled={open.length === all.length}
          onClick={clearUploads}
        >
          {t("clearList")}
        </button>
      </div>
      <ul>
        {shown.map((one) => (
          <UploadLine key={one.id} one={one} />
        ))}
        {all.length > shown.length ? (
          <li class="quiet">{t("existsMore", { n: all.length - shown.length })}</li>
        ) : null}
      </ul>
      <OverwriteDialog />
    </section>
  );
}

function UploadLine({ one }: { one: Upload }): JSX.Element {
  const percent = one.file.size > 0 ? Math.floor((100 * one.bytes) / one.file.size) : 100;
  return (
    <li data-state={one.state}>
      <span class="upload-name" title={uriOf(one.bucket, one.name)}>
        {one.name}
      </span>
      <span class="upload-state number">
        {one.state === "sending"
          ? `${percent} % · ${formatBytes(one.file.size)}`
          : one.state === "failed"
            ? ""
            : t(one.state)}
      </span>
      {isOpen(one) ? (
        <button
          type="button"
          class="button small plain"
          aria-label={t("cancelOne", { name: one.name })}
          onClick={() => cancelUpload(one.id)}
        >
          <Icon name="cross" size={14} />
        </button>
      ) : null}
      {one.state === "failed" || one.state === "cancelled" ? (
        <button
          type="button"
          class="button small"
          aria-label={t("againOne", { name: one.name })}
          onClick={() => sendAgain([one.id], one.overwrite)}
        >
          {t("again")}
        </button>
      ) : null}
      {one.state === "sending" ? (
        <div
          class="bar"
          role="progressbar"
          aria-label={t("progressOf", { name: one.name })}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
        >
          <span style={{ width: `${percent}%` }} />
        </div>
      ) : null}
      {one.fault ? <p class="upload-fault">{one.fault}</p> : null}
    </li>
  );
}
