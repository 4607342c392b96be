import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { formatCount } from "~/i18n/format";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { numbers, TableHead } from "~/ui/data_table";
import { ErrorNotice } from "~/ui/notices";
import { useQuery } from "~/ui/use_query";
import { type Cost, getCost } from "./doors";
import { t } from "./messages";
import { Typed } from "./typed";

const key = "label=";

/** Sums in groups, with a total by currency and what the engine has to note. */
export function SpentTable({ project, filter }: { project: string; filter: string }): JSX.Element {
  const [query, change] = useQuery();
  const by = query.get("by") || "tier";
  // Without a key yet there are the labels to choose one from.
  const groupBy = by === key ? "label" : by;
  const load = useCallback(
    (signal: AbortSignal) => getCost(project, groupBy, filter, signal),
    [project, groupBy, filter],
  );
  const { data, error, refresh } = useLive(load, 15_000);
  return (
    <div class="spent-groups">
      <div class="row">
        <label class="row">
          <span class="quiet">{t("groupBy")}</span>
          <select
            class="select by"
            value={by.startsWith(key) ? key : by}
            onChange={(event) => {
              const next = event.currentTarget.value;
              change({ by: next === "tier" ? undefined : next });
            }}
          >
            <option value="tier">{t("byTier")}</option>
            <option value="day">{t("byDay")}</option>
            <option value="label">{t("byLabel")}</option>
            <option value={key}>{t("byKey")}</option>
          </select>
        </label>
        {by.startsWith(key) ? (
          <Typed
            class="key"
            label={t("labelKey")}
            value={by.slice(key.length)}
            onValue={(value) => change({ by: key + value })}
          />
        ) : null}
      </div>
      <ErrorNotice error={error} onRetry={refresh} />
      {data ? <Groups cost={data} newestFirst={by === "day"} /> : null}
    </div>
  );
}

function Groups({ cost, newestFirst }: { cost: Cost; newestFirst: boolean }): JSX.Element {
  const rows = newestFirst ? [...cost.rows].reverse() : cost.rows;
  const most = Math.max(0, ...cost.rows.map((row) => Number(row.money)));
  return (
    <>
      <div class="scroll-x groups-table" role="group" aria-label={t("spending")} tabIndex={0}>
        <table class="table">
          <TableHead
            columns={[
              t("group"),
              ...numbers(t("jobs"), t("units"), t("money")),
              { name: <span class="hidden-text">{t("share")}</span>, class: "wide-only share" },
            ]}
          />
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.group} ${row.currency}`}>
                <td>{row.group || t("noLabel")}</td>
                <td class="number">{formatCount(row.jobs)}</td>
                <td class="number">{row.units}</td>
                <td class="number">{row.text}</td>
                <td class="wide-only share">
                  <div class="bar" aria-hidden="true">
                    <span style={{ width: `${most > 0 ? (100 * Number(row.money)) / most : 0}%` }} />
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            {cost.totals.map((row) => (
              <tr key={row.currency}>
                <th scope="row">{word("total")}</th>
                <td class="number">{formatCount(row.jobs)}</td>
                <td class="number">{row.units}</td>
                <td class="number">{row.text}</td>
                <td class="wide-only share" />
              </tr>
            ))}
          </tfoot>
        </table>
      </div>
      {cost.notes.map((note) => (
        <p key={note} class="quiet">
          {note}
        </p>
      ))}
    </>
  );
}
