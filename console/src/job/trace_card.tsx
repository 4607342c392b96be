import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { formatSeconds } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { Icon } from "~/ui/icons";
import { ErrorNotice, Loading } from "~/ui/notices";
import { isOver } from "~/ui/state_badge";
import type { JobDetail } from "./job_detail";
import { t } from "./overview_messages";
import { shortMs } from "./phases";
import { type ShownSpan, spansOf, type Trace } from "./trace";

function Row({ span, whole }: { span: ShownSpan; whole: number }): JSX.Element {
  const left = whole > 0 ? Math.min((span.start / whole) * 100, 100) : 0;
  const width = whole > 0 ? Math.min((span.milliseconds / whole) * 100, 100 - left) : 0;
  return (
    <tr>
      <th scope="row" style={{ paddingLeft: `${10 + span.depth * 14}px` }}>
        {span.name}
      </th>
      <td class="number">{shortMs(span.milliseconds, formatSeconds)}</td>
      <td class="span-cell" aria-hidden="true">
        <span
          class={span.bad ? "span bad" : span.open ? "span open" : "span"}
          style={{ left: `${left}%`, width: `${width}%` }}
        />
      </td>
    </tr>
  );
}

function Spans({ detail }: { detail: JobDetail }): JSX.Element {
  const { project, job } = detail;
  const load = useCallback(
    async (signal: AbortSignal) =>
      spansOf(await get<Trace>(paths.ownJob(project, job.jobId ?? "", "/trace"), {}, signal)),
    [project, job.jobId],
  );
  const { data, error } = useLive(load, isOver(job.state) ? 0 : 5000);
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading />;
  const whole = data[0]?.milliseconds ?? 0;
  return (
    <div class="scroll-x span-scroll" role="group" aria-label={t("trace")} tabIndex={0}>
      <table class="table spans">
        <thead>
          <tr>
            <th scope="col">{t("span")}</th>
            <th scope="col" class="number">
              {t("duration")}
            </th>
            <td class="span-cell" />
          </tr>
        </thead>
        <tbody>
          {data.map((span) => (
            <Row key={span.id} span={span} whole={whole} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The job as a trace: each phase of each replica, with the file for a trace viewer. */
export function TraceCard({ detail }: { detail: JobDetail }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <section class="card" aria-labelledby="trace-head">
      <div class="card-head">
        <h2 id="trace-head">{t("trace")}</h2>
        <a
          class="button small"
          href={paths.ownJob(detail.project, detail.job.jobId ?? "", "/trace")}
          download={`${detail.job.jobId}.trace.json`}
        >
          <Icon name="download" size={14} />
          {t("traceDownload")}
        </a>
      </div>
      <details class="fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("spans")}</summary>
        {open ? <Spans detail={detail} /> : null}
      </details>
    </section>
  );
}
