import type { JSX } from "preact";
import { formatSeconds } from "~/i18n/format";
import { now } from "~/live/clock";
import type { JobDetail } from "./job_detail";
import { t } from "./messages";
import { phaseDetail } from "./phase_detail";
import { phasesOf, type ShownPhase, shortMs } from "./phases";

const length = (phase: ShownPhase) =>
  phase.milliseconds === undefined ? t("notReached") : shortMs(phase.milliseconds, formatSeconds);

/** Where the time of the last attempt went, from the queue to the program's end. The list says what the bar draws. */
export function PhaseBar({ detail }: { detail: JobDetail }): JSX.Element {
  const list = phasesOf(detail, now.value);
  return (
    <section class="card job-phases" aria-label={t("phases")}>
      <div class="phase-bar" aria-hidden="true">
        {list.map((phase) =>
          phase.share > 0 ? (
            <span
              key={phase.name}
              class={phase.current ? "part current" : "part"}
              data-phase={phase.name}
              style={{ flexGrow: phase.share }}
              title={`${t(phase.name)}: ${length(phase)}`}
            />
          ) : null,
        )}
      </div>
      <ol class="phase-list" title={t("phasesHint")}>
        {list.map((phase) => (
          <li
            key={phase.name}
            class={phase.milliseconds === undefined ? "away" : undefined}
            aria-current={phase.current ? "step" : undefined}
          >
            <span class="swatch" data-phase={phase.name} />
            <span class="what">{t(phase.name)}</span>
            <span class="long">{length(phase)}</span>
            {phase.detail ? <span class="why">{phaseDetail(phase.detail)}</span> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
