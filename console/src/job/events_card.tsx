import type { JSX } from "preact";
import { formatTime } from "~/i18n/format";
import { stateName } from "~/ui/state_badge";
import { eventsOf, type JobEvent } from "./events";
import type { JobDetail } from "./job_detail";
import { t } from "./overview_messages";
import { reasonName } from "./reason_words";

function textOf(event: JobEvent): string {
  const { replica, restart, count } = event;
  const reason = reasonName(event.word);
  switch (event.kind) {
    case "created":
      return t("created");
    case "admitted":
      return t("admitted", { n: event.attempt });
    case "programs":
      return t("programs", { n: count });
    case "program":
      return t("program", { replica, n: restart });
    case "exit":
      return t("exit_one", { replica, reason });
    case "exits":
      return t("exits", { n: count, reason });
    case "stop":
      return t("stop", { n: event.attempt });
    case "attemptEnd":
      return t("attemptEnd", { n: event.attempt, outcome: reason });
    default:
      return t("end", { state: stateName(event.word) });
  }
}

// What the API tells is in whole seconds.
const whole = (event: JobEvent) => event.kind === "created" || event.kind === "end";

/** What happened to the job, in order. */
export function EventsCard({ detail }: { detail: JobDetail }): JSX.Element {
  return (
    <section class="card" aria-labelledby="events-head">
      <div class="card-head">
        <h2 id="events-head">{t("events")}</h2>
      </div>
      <ol class="timeline">
        {eventsOf(detail).map((event, n) => (
          <li key={n} class={event.bad ? "bad" : undefined}>
            <time dateTime={event.time}>{formatTime(event.time, !whole(event))}</time>
            <span>{textOf(event)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
