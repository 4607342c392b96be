import type { JSX } from "preact";
import { formatBytes, formatCount, formatTime } from "~/i18n/format";
import type { RemovedLog } from "./log_door";
import { t } from "./removed_messages";

function ruleText({ rule, limit, why }: RemovedLog): string {
  if (rule === "LOG_DAYS") return t("days", { n: formatCount(Number(limit)) });
  if (rule === "LOG_BUDGET") return t("budget", { size: formatBytes(Number(limit)) });
  return why;
}

/** That a log was removed, when, by which rule, and what is still there. */
export function RemovedNotice({ removed }: { removed: RemovedLog }): JSX.Element {
  return (
    <div class="notice warn log-removed" role="note">
      <p>
        <strong>{t("removed", { time: formatTime(removed.time) })}</strong> {ruleText(removed)}
      </p>
      <p>{t(removed.hasFailure ? "leftFailure" : "left")}</p>
    </div>
  );
}
