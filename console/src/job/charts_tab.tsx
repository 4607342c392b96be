import type { JSX } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import { formatBytes } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { Chart, type Series } from "~/ui/chart";
import { Choices } from "~/ui/choices";
import { Empty, ErrorNotice, Loading } from "~/ui/notices";
import { isOver } from "~/ui/state_badge";
import { useQuery } from "~/ui/use_query";
import { t } from "./chart_messages";
import type { JobDetail } from "./job_detail";
import { loadMetrics } from "./metrics";
import {
  busiestRuns,
  type ChartKind,
  mostLines,
  type ResourceChart,
  type ResourceLine,
  resourceCharts,
} from "./resource_series";

type RoleName = "master" | "worker" | "ps" | "evaluator";
const roleName = (role: string) => (role === "chief" ? t("master") : t(role as RoleName));

const perSecond = (value: number) => `${formatBytes(value)}/s`;
const formats: Record<ChartKind, (value: number) => string> = {
  cpu: (value) => String(Number(value.toPrecision(3))),
  memory: formatBytes,
  gpu: (value) => `${value.toFixed(0)} %`,
  gpuMemory: formatBytes,
  network: perSecond,
  loopback: perSecond,
  disk: perSecond,
};

function labelOf(line: ResourceLine, kind: ChartKind): string {
  const gpu = line.gpu === undefined ? "" : ` GPU ${line.gpu}`;
  if (line.direction === "") return line.replica + gpu;
  const way = kind === "disk" ? (line.direction === "out" ? t("written") : t("read")) : t(line.direction);
  return `${line.replica} ${way}`;
}

function seriesOf(chart: ResourceChart): Series[] {
  // A replica has a colour of its own; of a crowd, the place among those that are drawn has.
  const shown = [...new Set(chart.lines.map((line) => line.replica))];
  return chart.lines.map((line) => {
    const place = chart.hidden > 0 ? shown.indexOf(line.replica) : line.index;
    return {
      label: labelOf(line, chart.kind),
      values: line.values,
      color: place % 8,
      dashed: line.direction === "in" || place >= 8,
    };
  });
}

function ResourceCard({ chart }: { chart: ResourceChart }): JSX.Element {
  const series = useMemo(() => seriesOf(chart), [chart]);
  return (
    <section class="card chart-card" data-chart={`${chart.role} ${chart.kind}`}>
      <h3>{t(chart.kind)}</h3>
      <Chart
        title={t("chartOf", { what: t(chart.kind), role: roleName(chart.role) })}
        x={chart.x}
        series={series}
        time
        height={180}
        format={formats[chart.kind]}
        binary={chart.kind !== "cpu" && chart.kind !== "gpu"}
        together="resources"
      />
      {chart.hidden > 0 ? <p class="quiet">{t("hidden", { shown: chart.shown, n: chart.hidden })}</p> : null}
    </section>
  );
}

// With more points than these a chart of this width shows nothing more.
const mostPoints = 500;

/** Of a crowd only what is drawn is fetched: all of it would be many megabytes, every three seconds. */
async function loadCharts(project: string, job: string, many: boolean, signal: AbortSignal) {
  const source = "resources";
  if (!many) return resourceCharts(await loadMetrics(project, job, { source, points: mostPoints }, signal));
  const all = await loadMetrics(project, job, { source, points: 1, tag: ["cpu", "memory*"] }, signal);
  const { runs, hidden } = busiestRuns(all);
  if (runs.length === 0) return [];
  const drawn = await loadMetrics(project, job, { source, points: mostPoints, run: runs }, signal);
  return resourceCharts(drawn, hidden);
}

/** What the replicas used over time, by role. */
export function ChartsTab({ detail }: { detail: JobDetail }): JSX.Element {
  const { project } = detail;
  const job = detail.job.jobId ?? "";
  const over = isOver(detail.job.state);
  const [query, change] = useQuery();
  const many = (detail.attempts.at(-1)?.replicas?.length ?? 0) > mostLines;
  const load = useCallback(
    (signal: AbortSignal) => loadCharts(project, job, many, signal),
    [project, job, many],
  );
  const { data, error, refresh } = useLive(load, over ? 0 : 3000);
  if (!data) return error ? <ErrorNotice error={error} onRetry={refresh} /> : <Loading />;
  if (data.length === 0) {
    return (
      <Empty title={t("noSamples")}>
        <p>{t(over ? "noSamplesOver" : "noSamplesHint")}</p>
      </Empty>
    );
  }
  const roles = [...new Set(data.map((chart) => chart.role))];
  const wanted = query.get("role") ?? "";
  const shown = roles.includes(wanted) ? [wanted] : roles;
  return (
    <div class="stack">
      <div class="row">
        {roles.length > 1 ? (
          <div class="row" role="group" aria-label={t("roles")}>
            <Choices
              all={["", ...roles]}
              chosen={shown.length === 1 ? wanted : ""}
              nameOf={(role) => (role === "" ? t("allRoles") : roleName(role))}
              onChoose={(role) => change({ role })}
            />
          </div>
        ) : null}
        <span class="quiet">{t("zoomHint")}</span>
      </div>
      {shown.map((role) => (
        <section key={role} class="stack chart-role" aria-label={roleName(role)}>
          <h2>{roleName(role)}</h2>
          <div class="charts">
            {data
              .filter((chart) => chart.role === role)
              .map((chart) => (
                <ResourceCard key={chart.kind} chart={chart} />
              ))}
          </div>
        </section>
      ))}
    </div>
  );
}
