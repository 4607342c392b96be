import type { JSX } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import { formatSeconds } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { Chart } from "~/ui/chart";
import { Icon } from "~/ui/icons";
import { Empty, ErrorNotice, Loading } from "~/ui/notices";
import { isOver } from "~/ui/state_badge";
import { t } from "./chart_messages";
import { CurveControls } from "./curve_controls";
import { type CurveSettings, useCurveSettings } from "./curve_settings";
import { CurveTable } from "./curve_table";
import { type Curve, colorsOf, curveChart, lineKey, tagsOf } from "./curves";
import type { JobDetail } from "./job_detail";
import { loadMetrics } from "./metrics";

interface Loaded {
  curves: Curve[];
  warnings: string[];
}

// Without a choice so many tags are drawn.
const firstTags = 4;
const mostPoints = 1000;

async function loadCurves(
  project: string,
  jobs: string[],
  question: { points: number; tag?: string[] },
  signal: AbortSignal,
): Promise<Loaded> {
  const answers = await Promise.allSettled(jobs.map((job) => loadMetrics(project, job, question, signal)));
  const [own] = answers;
  if (own?.status === "rejected") throw own.reason;
  const curves: Curve[] = [];
  const warnings: string[] = [];
  answers.forEach((answer, n) => {
    const job = jobs[n] ?? "";
    // Another job that is not there must not take this one's curves away.
    if (answer.status === "rejected") warnings.push(`${job}: ${String((answer.reason as Error).message)}`);
    else {
      curves.push(...answer.value.series.map((series) => ({ job, series })));
      warnings.push(...answer.value.warnings);
    }
  });
  return { curves, warnings };
}

interface TagChartProps {
  tag: string;
  curves: Curve[];
  settings: CurveSettings;
  colors: Map<string, number>;
  nameOf: (curve: Curve) => string;
}

function TagChart({ tag, curves, settings, colors, nameOf }: TagChartProps): JSX.Element {
  const { axis, log, smoothing } = settings;
  const chart = useMemo(
    () => curveChart(curves, { axis, log, smoothing }, nameOf, colors),
    [curves, axis, log, smoothing, nameOf, colors],
  );
  return (
    <section class="card chart-card" data-chart={tag}>
      <h2>{tag}</h2>
      <Chart
        title={tag}
        x={chart.x}
        series={chart.series}
        marks={chart.marks}
        time={axis === "time"}
        log={log}
        height={240}
        xLabel={t(axis)}
        formatX={axis === "elapsed" ? formatSeconds : undefined}
        together="curves"
      />
      {curves.flatMap((curve) => {
        const { nonFinite } = curve.series;
        if (!nonFinite) return [];
        return [
          <p key={lineKey(curve)} class="nan">
            <Icon name="warning" size={14} />
            {t("nan", { n: Number(nonFinite.count), step: nonFinite.firstStep, run: nameOf(curve) })}
          </p>,
        ];
      })}
    </section>
  );
}

function TagCharts({
  detail,
  tags,
  runs,
  jobs,
  settings,
  nameOf,
}: {
  detail: JobDetail;
  tags: string[];
  runs: string[];
  jobs: string[];
  settings: CurveSettings;
  nameOf: (curve: Curve) => string;
}): JSX.Element {
  const wanted = JSON.stringify([jobs, tags]);
  const load = useCallback(
    (signal: AbortSignal) => {
      const [names, chosen] = JSON.parse(wanted) as [string[], string[]];
      return loadCurves(detail.project, names, { points: mostPoints, tag: chosen }, signal);
    },
    [detail.project, wanted],
  );
  const { data, error, refresh } = useLive(load, isOver(detail.job.state) ? 0 : 3000);
  const runWords = JSON.stringify(runs);
  const curves = useMemo(
    () => (data?.curves ?? []).filter((one) => (JSON.parse(runWords) as string[]).includes(one.series.run)),
    [data, runWords],
  );
  const colors = useMemo(() => colorsOf(curves), [curves]);
  const byTag = useMemo(
    () => new Map(tags.map((tag) => [tag, curves.filter((one) => one.series.tag === tag)])),
    [curves, tags],
  );
  if (error && !data) return <ErrorNotice error={error} onRetry={refresh} />;
  return (
    <div class="charts">
      {tags.map((tag) => (
        <TagChart
          key={tag}
          tag={tag}
          curves={byTag.get(tag) ?? []}
          settings={settings}
          colors={colors}
          nameOf={nameOf}
        />
      ))}
    </div>
  );
}

/** Loss, accuracy and whatever else the program's event files hold. */
export function CurvesTab({ detail }: { detail: JobDetail }): JSX.Element {
  const job = detail.job.jobId ?? "";
  const [settings, change] = useCurveSettings();
  const jobs = useMemo(
    () => [job, ...settings.compare.filter((one) => one !== job)],
    [job, settings.compare],
  );
  const names = jobs.join("\n");
  // The last value of every curve: which there are, and the table.
  const load = useCallback(
    (signal: AbortSignal) => loadCurves(detail.project, names.split("\n"), { points: 1 }, signal),
    [detail.project, names],
  );
  const { data, error, refresh } = useLive(load, isOver(detail.job.state) ? 0 : 3000);
  const several = jobs.length > 1;
  const nameOf = useCallback(
    (curve: Curve) => (several ? `${curve.job} / ${curve.series.run}` : curve.series.run),
    [several],
  );
  const allTags = useMemo(() => tagsOf(data?.curves ?? []), [data]);
  const tagWords = JSON.stringify(
    (settings.tags ?? allTags.slice(0, firstTags)).filter((tag) => allTags.includes(tag)),
  );
  const tags = useMemo(() => JSON.parse(tagWords) as string[], [tagWords]);
  if (!data) return error ? <ErrorNotice error={error} onRetry={refresh} /> : <Loading />;
  const allRuns = [...new Set(data.curves.map((one) => one.series.run))].sort();
  const runs = settings.runs?.filter((run) => allRuns.includes(run)) ?? allRuns;
  const remarks = data.warnings.length > 0 ? data.warnings : [];
  const notes =
    remarks.length > 0 ? (
      <details class="fold">
        <summary>{t("warnings")}</summary>
        {remarks.map((text) => (
          <p key={text} class="quiet">
            {text}
          </p>
        ))}
      </details>
    ) : null;
  if (data.curves.length === 0) {
    return (
      <div class="card">
        <Empty title={t("noCurves")}>
          <p>{t("noCurvesHint")}</p>
        </Empty>
        {notes}
      </div>
    );
  }
  return (
    <div class="stack">
      <CurveControls
        project={detail.project}
        job={job}
        settings={settings}
        tags={allTags}
        runs={allRuns}
        chosenTags={tags}
        chosenRuns={runs}
        onChange={change}
      />
      {tags.length === 0 ? (
        <Empty title={t("noTag")}>
          <p>{t("noTagHint")}</p>
        </Empty>
      ) : (
        <TagCharts detail={detail} tags={tags} runs={runs} jobs={jobs} settings={settings} nameOf={nameOf} />
      )}
      <CurveTable
        curves={tags.flatMap((tag) =>
          data.curves.filter((one) => one.series.tag === tag && runs.includes(one.series.run)),
        )}
        nameOf={nameOf}
      />
      {notes}
    </div>
  );
}
