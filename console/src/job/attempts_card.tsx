import type { JSX } from "preact";
import type { AttemptRecordJson } from "~/api/gen/mlengine/engine/v1/job_record_pb";
import { formatSeconds, formatTime, secondsBetween } from "~/i18n/format";
import { now } from "~/live/clock";
import { DataTable, numbers } from "~/ui/data_table";
import type { JobDetail } from "./job_detail";
import { t } from "./overview_messages";
import { reasonName } from "./reason_words";

function Row({ attempt }: { attempt: AttemptRecordJson }): JSX.Element {
  const took = secondsBetween(attempt.decidedTime, attempt.endTime ?? now.value);
  const restarts = (attempt.replicas ?? []).reduce((sum, one) => sum + (one.restart ?? 0), 0);
  return (
    <tr>
      <th scope="row" class="number">
        {attempt.number}
      </th>
      <td class="nowrap">{attempt.decidedTime ? formatTime(attempt.decidedTime) : "–"}</td>
      <td class="number">{took === undefined ? "–" : formatSeconds(took)}</td>
      <td class="number">{attempt.replicas?.length ?? 0}</td>
      <td class="number">{restarts}</td>
      <td>{attempt.endTime ? reasonName(attempt.outcome ?? "OUTCOME_UNSPECIFIED") : t("running")}</td>
    </tr>
  );
}

/** Each gang start of the job, the newest first. */
export function AttemptsCard({ detail }: { detail: JobDetail }): JSX.Element | null {
  if (detail.attempts.length === 0) return null;
  return (
    <section class="card" aria-labelledby="attempts-head">
      <div class="card-head">
        <h2 id="attempts-head">{t("attempts")}</h2>
      </div>
      <DataTable
        aria-labelledby="attempts-head"
        columns={[
          { name: "#", class: "number" },
          t("decided"),
          ...numbers(t("took"), t("replicas"), t("restarts")),
          t("outcome"),
        ]}
      >
        <tbody>
          {[...detail.attempts].reverse().map((attempt) => (
            <Row key={attempt.number} attempt={attempt} />
          ))}
        </tbody>
      </DataTable>
    </section>
  );
}
