import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatMoney, formatTime, formatWholeSeconds } from "~/i18n/format";
import { now } from "~/live/clock";
import { StateBadge } from "~/ui/state_badge";
import { elapsedSeconds, type JobRow } from "./job_row";
import { t } from "./messages";

export interface Column {
  /** Also the class of its cells. */
  name: Parameters<typeof t>[0];
  /** The engine's word to sort by; without one it cannot be sorted. */
  order?: string;
  /** Whether the first click on it sorts downwards. */
  down?: boolean;
  draw: (row: JobRow, project: string) => ComponentChildren;
}

function Elapsed({ row }: { row: JobRow }): JSX.Element {
  return <>{formatWholeSeconds(elapsedSeconds(row, row.endTime ? 0 : now.value))}</>;
}

/** How far a job is; of one that failed, why. */
function Progress({ row }: { row: JobRow }): JSX.Element | null {
  if (row.error) {
    return (
      <span class="why" title={row.error}>
        {row.error}
      </span>
    );
  }
  const { percent, secondsLeft, short } = row.progress ?? {};
  if (percent === undefined) return short ? <span class="quiet">{short}</span> : null;
  const left =
    secondsLeft !== undefined && secondsLeft >= 1 ? t("left", { time: formatWholeSeconds(secondsLeft) }) : "";
  return (
    <span class="how-far" title={row.progress?.text}>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${Math.min(100, percent)}%` }} />
      </span>
      <span>
        {Math.floor(percent)}%{left ? <span class="quiet"> {left}</span> : null}
      </span>
    </span>
  );
}

function Money({ row }: { row: JobRow }): JSX.Element | null {
  if (row.money === undefined || !row.currency) return null;
  const rate =
    row.perHour === undefined ? undefined : t("perHour", { money: formatMoney(row.perHour, row.currency) });
  return <span title={rate}>{formatMoney(row.money, row.currency)}</span>;
}

export const columns: Column[] = [
  { name: "state", order: "state", draw: (row) => <StateBadge state={row.state} /> },
  {
    name: "jobId",
    order: "jobId",
    draw: (row, project) => (
      <Link href={pages.job(project, row.jobId)} title={row.jobId} tabIndex={-1}>
        {row.jobId}
      </Link>
    ),
  },
  { name: "type", draw: (row) => (row.type === "prediction" ? t("prediction") : t("training")) },
  {
    name: "created",
    order: "createTime",
    down: true,
    draw: (row) => <span title={formatTime(row.createTime)}>{formatTime(row.createTime).slice(5)}</span>,
  },
  { name: "elapsed", order: "elapsed", down: true, draw: (row) => <Elapsed row={row} /> },
  { name: "progress", draw: (row) => <Progress row={row} /> },
  { name: "tier", order: "scaleTier", draw: (row) => row.scaleTier },
  { name: "region", order: "region", draw: (row) => row.region },
  { name: "units", order: "units", down: true, draw: (row) => row.units?.toFixed(2) },
  { name: "money", order: "money", down: true, draw: (row) => <Money row={row} /> },
  {
    name: "labels",
    draw: (row) => {
      const words = Object.entries(row.labels ?? {}).map(([key, value]) => `${key}=${value}`);
      return <span title={words.join(" ")}>{words.join(" ")}</span>;
    },
  },
];
