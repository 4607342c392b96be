import type { JSX } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import { formatTime } from "~/i18n/format";
import { now } from "~/live/clock";
import { useLive } from "~/live/use_live";
import { Chart } from "~/ui/chart";
import { ErrorNotice, Loading } from "~/ui/notices";
import { useQuery } from "~/ui/use_query";
import { daysOf, moneyText } from "./days";
import { getCost } from "./doors";
import { t } from "./messages";
import { SpentTable } from "./spent_table";
import { Typed } from "./typed";

const periods = [14, 30, 90];

/** What jobs have cost: a bar for each day, and sums by tier, day or label. */
export function SpentCard({ project }: { project: string }): JSX.Element {
  const [query, change] = useQuery();
  const filter = query.get("filter") ?? "";
  const period = periods.find((one) => String(one) === query.get("days")) ?? 30;
  const load = useCallback(
    (signal: AbortSignal) => getCost(project, "day", filter, signal),
    [project, filter],
  );
  const { data, error, refresh } = useLive(load, 15_000);
  // Another day begins while one looks.
  const today = Math.floor(now.value / 86_400_000);
  const days = useMemo(() => daysOf(data?.rows ?? [], period, today * 86_400_000), [data, period, today]);
  const series = useMemo(
    () => days.series.map(({ currency, values }) => ({ label: currency, values, bars: true })),
    [days],
  );
  const nothing = data !== undefined && data.rows.length === 0;
  const periodName = t("lastDays", { n: period });
  return (
    <section class="card stack" aria-labelledby="spent-title">
      <div class="card-head">
        <h2 id="spent-title">{t("spending")}</h2>
        <Typed
          class="filter"
          label={t("filter")}
          placeholder={t("filterHint")}
          value={filter}
          onValue={(value) => change({ filter: value })}
        />
        <select
          class="select period"
          aria-label={t("period")}
          value={String(period)}
          onChange={(event) => change({ days: event.currentTarget.value })}
        >
          {periods.map((one) => (
            <option key={one} value={String(one)}>
              {t("lastDays", { n: one })}
            </option>
          ))}
        </select>
      </div>
      <p class="quiet">{t("spendingHint")}</p>
      <ErrorNotice error={error} onRetry={refresh} />
      <div class="spent-chart">
        {data === undefined && !error ? <Loading /> : null}
        {nothing ? (
          <div class="empty">
            <h3>{t("nothingSpent")}</h3>
            <p>{t("nothingSpentHint")}</p>
          </div>
        ) : null}
        {data && !nothing ? (
          <Chart
            title={t("perDay", { period: periodName })}
            x={days.x}
            series={series}
            time
            xLabel={t("byDay")}
            formatX={(seconds) => formatTime(seconds * 1000).slice(0, 10)}
            height={200}
            format={(value) => moneyText(value, "")}
          />
        ) : null}
      </div>
      {nothing ? null : <SpentTable project={project} filter={filter} />}
    </section>
  );
}
