import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Chart, type Series } from "~/ui/chart";
import { Empty } from "~/ui/notices";
import { t } from "./messages";
import type { ModelDetail } from "./model_calls";
import { hourLines, latencyText, rateText, type VersionLines } from "./rates";

// More lines are not told apart.
const most = 6;
const height = 170;

const sum = (values: readonly (number | null)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);

/** What was asked of each version in the last hour, how often it failed and how long it took. */
export function HourCharts({ detail }: { detail: ModelDetail }): JSX.Element {
  const { versions, at } = detail.serving;
  const { x, shown, hidden } = useMemo(() => {
    const lines = hourLines(versions, at);
    const busiest = [...lines.versions].sort((a, b) => sum(b.rate) - sum(a.rate)).slice(0, most);
    return {
      x: lines.x,
      shown: busiest.sort((a, b) => a.index - b.index),
      hidden: lines.versions.length - busiest.length,
    };
  }, [versions, at]);
  return (
    <section class="stack model-hour" aria-label={t("charts")}>
      <h2>{t("lastHour")}</h2>
      {shown.length === 0 ? (
        <div class="card">
          <Empty title={t("noTraffic")}>
            <p>{t("noTrafficHint")}</p>
          </Empty>
        </div>
      ) : (
        <div class="model-charts">
          <HourChart title={t("chartRate")} x={x} lines={shown} of={rateLine} format={rateText} />
          <HourChart title={t("chartErrors")} x={x} lines={shown} of={errorLine} format={String} />
          <HourChart title={t("chartLatency")} x={x} lines={shown} of={latencyLines} format={axisText} />
        </div>
      )}
      {hidden > 0 ? <p class="quiet">{t("moreLines", { n: hidden })}</p> : null}
    </section>
  );
}

const rateLine = (one: VersionLines): Series[] => [
  { label: one.version, values: one.rate, color: one.index },
];
const errorLine = (one: VersionLines): Series[] => [
  { label: one.version, values: one.errors, color: one.index },
];
const latencyLines = (one: VersionLines): Series[] => [
  { label: `${one.version} p50`, values: one.p50, color: one.index, dots: true },
  { label: `${one.version} p95`, values: one.p95, color: one.index, dots: true, dashed: true },
];

const axisText = (seconds: number) => (seconds === 0 ? "0" : latencyText(seconds));

interface ChartProps {
  title: string;
  x: number[];
  lines: VersionLines[];
  of: (one: VersionLines) => Series[];
  format: (value: number) => string;
}

function HourChart({ title, x, lines, of, format }: ChartProps): JSX.Element {
  const series = useMemo(() => lines.flatMap(of), [lines, of]);
  return (
    <section class="card">
      <h3>{title}</h3>
      <Chart
        title={title}
        x={x}
        series={series}
        time
        xLabel={t("time")}
        height={height}
        format={format}
        together="model"
      />
    </section>
  );
}
