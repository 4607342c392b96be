import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { formatSeconds, formatTime } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { DataTable } from "~/ui/data_table";
import { isOver } from "~/ui/state_badge";
import { t } from "./drill_messages";
import { type Drill, loadDrills } from "./drills";
import type { JobDetail } from "./job_detail";

const tones = { PENDING: "busy", RECOVERED: "good", FAILED: "bad", DROPPED: "" } as const;

function Row({ drill }: { drill: Drill }): JSX.Element {
  const { steps, cost } = drill;
  const note = drill.note ?? (drill.waitsFor ? t("waitsFor", { what: drill.waitsFor }) : "");
  return (
    <tr>
      <th scope="row">
        {drill.action} {drill.replica ?? ""}
      </th>
      <td class="nowrap">{formatTime(drill.requestTime)}</td>
      <td>
        <span class={`badge ${tones[drill.result]}`}>{t(drill.result)}</span>{" "}
        {note ? <small>{note}</small> : null}
      </td>
      <td class="number">
        {drill.secondsUntilRunning === undefined ? "–" : formatSeconds(drill.secondsUntilRunning)}
      </td>
      <td>
        {steps?.lost === undefined
          ? "–"
          : t("lostSteps", {
              n: steps.lost,
              before: String(steps.before),
              from: String(steps.resumedFrom ?? steps.before),
            })}
      </td>
      <td class="number">{cost?.text ?? "–"}</td>
    </tr>
  );
}

/** The job's fire drills and what came of them; nothing while there was none. */
export function DrillsCard({ detail }: { detail: JobDetail }): JSX.Element | null {
  const { project } = detail;
  const job = detail.job.jobId ?? "";
  const load = useCallback((signal: AbortSignal) => loadDrills(project, job, signal), [project, job]);
  const { data } = useLive(load, isOver(detail.job.state) ? 0 : 2000);
  if (!data || data.length === 0) return null;
  return (
    <section class="card" aria-labelledby="drills-head">
      <div class="card-head">
        <h2 id="drills-head">{t("drills")}</h2>
      </div>
      <DataTable
        aria-labelledby="drills-head"
        columns={[
          t("number"),
          t("when"),
          t("result"),
          { name: t("back"), class: "number" },
          t("lost"),
          { name: t("cost"), class: "number" },
        ]}
      >
        <tbody>
          {[...data].reverse().map((drill) => (
            <Row key={drill.drill} drill={drill} />
          ))}
        </tbody>
      </DataTable>
    </section>
  );
}
